#!/bin/sh
# Everything that only a GPU can show, from what pack-for-gpu.sh packed into target/gpu: the tests on the machine's own driver,
# compute-sanitizer over some of them, times of kernels, bench. Needs no Java, no Maven, no network.
#
#   native/cuda/run-on-gpu.sh [step...]      steps: build test sanitize kernels bench (default: test sanitize kernels bench)
#
# build compiles the kernels anew for this GPU alone; they then go before those in the jar. Reports go to $OUT, or target/gpu/out.
set -eu
cd "$(dirname "$0")/../.."

packed=target/gpu
out=${OUT:-$packed/out}
work=${TMPDIR:-/tmp}/bitnet-gpu
mkdir -p "$out" "$work"
[ -x "$work/rt/bin/java" ] || tar -C "$work" -xJf "$packed/rt.tar.xz"
java=$work/rt/bin/java
classes=$work/kernels:$packed/test-classes
for jar in "$packed"/lib/*.jar; do
    classes=$classes:$jar
done
options="--enable-native-access=ALL-UNNAMED --add-modules jdk.incubator.vector -Dbitnet.cuda.test=gpu"

[ $# -gt 0 ] || set -- test sanitize kernels bench
nvidia-smi --query-gpu=name,driver_version,memory.total,clocks.max.sm --format=csv | tee "$out/machine.txt"

# tests PREFIX CLASS...: runs test classes, under the tool that PREFIX says.
tests() {
    prefix=$1
    shift
    selected=
    for class in "$@"; do
        selected="$selected --select-class bitnet.cuda.$class"
    done
    # shellcheck disable=SC2086 # words
    $prefix "$java" $options ${CHECKS:+-Dbitnet.cuda.checks="$CHECKS"} -jar "$packed/junit-platform-console-standalone.jar" \
        execute --disable-banner --details=summary --class-path "$classes" $selected
}

model=$work/2b4t.gguf
failed=
for step in "$@"; do
    echo "== $step"
    case $step in
        build)
            to=$work/kernels/META-INF/native/bitnet/cuda
            mkdir -p "$to"
            nvcc -std=c++20 -O3 -fmad=false -arch=native -Xptxas -v -fatbin -o "$to/bitnet_cuda.fatbin" \
                native/cuda/kernels.cu >"$out/ptxas.txt" 2>&1 || failed="$failed $step"
            ;;
        test)
            tests "" CudaConformanceTest GraphTest MemoryTest TopLogitsTest ScreenedLogitsTest DemoModelTest \
                >"$out/test.txt" 2>&1 || failed="$failed $step"
            tail -n 20 "$out/test.txt"
            ;;
        sanitize)
            for tool in memcheck racecheck synccheck; do
                CHECKS='.*(awkward|small).*' tests "compute-sanitizer --tool $tool --error-exitcode 9" \
                    CudaConformanceTest >"$out/$tool.txt" 2>&1 || failed="$failed $tool"
                grep 'ERROR SUMMARY\|RACECHECK SUMMARY' "$out/$tool.txt" || true
            done
            ;;
        kernels)
            # shellcheck disable=SC2086 # words
            "$java" $options -cp "$classes" bitnet.cuda.KernelTimes >"$out/kernels.txt" 2>&1 || failed="$failed $step"
            cat "$out/kernels.txt"
            ;;
        bench)
            bitnet="$java $options -cp $classes bitnet.cli.Main"
            [ -f "$model" ] || $bitnet synth "$model"
            $bitnet bench --model "$model" --device cuda --strict-device -p 512 -n 512 >"$out/bench.txt" 2>&1 ||
                failed="$failed $step"
            cat "$out/bench.txt"
            # shellcheck disable=SC2086 # words
            "$java" $options -cp "$classes" bitnet.cuda.StepTimes "$model" >"$out/steps.txt" 2>&1 || failed="$failed steps"
            cat "$out/steps.txt"
            ;;
        *)
            echo "native/cuda/run-on-gpu.sh: unknown step $step" >&2
            exit 2
            ;;
    esac
done
[ -z "$failed" ] || { echo "failed:$failed" >&2; exit 1; }
