"""Writes logits.f32.gz next to each expected.json, from the expected_logits.npz of the same checkpoint: the float32 logits
of transformers (eager attention) after every prompt token of every case, little-endian, the cases in the order of
expected.json. usage: expected_logits.py CHECKPOINT_DIRECTORY RESOURCE_DIRECTORY"""
import gzip
import json
import sys

import numpy

source, target = sys.argv[1:]
cases = json.load(open(f"{source}/expected.json"))["cases"]
logits = numpy.load(f"{source}/expected_logits.npz")
chats = sum(name.startswith("logits") for name in logits.files)
names = [f"logits_{i}" for i in range(chats)] + [f"plain_{i}" for i in range(len(logits.files) - chats)]
assert [len(case["prompt"]) for case in cases] == [len(logits[name]) for name in names]
with gzip.GzipFile(f"{target}/logits.f32.gz", "wb", mtime=0) as out:
    for name in names:
        out.write(logits[name].astype("<f4").tobytes())
