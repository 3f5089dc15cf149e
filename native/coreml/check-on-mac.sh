#!/bin/sh
# What only a Mac can show of the Core ML backend: that Apple's compiler accepts an export of the demo model, that Core ML
# computes what the tests' interpreter does, on the CPU alone and on all processors, what it runs where, and a whole answer.
#
# Needs macOS 15 on Apple silicon, Xcode, CMake, Maven and a JDK 25. Not yet run on a Mac.
set -eu
cd "$(dirname "$0")/../.."

[ "$(uname -s)" = Darwin ] || { echo "native/coreml/check-on-mac.sh: this is not a Mac" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export BITNET_CI=1

# The tests print how far each function of each package is from the interpreter, and its compute plan.
mvn -B -ntp -Pcoreml -pl bitnet-backend-coreml,bitnet-cli -am package \
    -Dtest='InterpreterAgreementTest' -Dsurefire.failIfNoSpecifiedTests=false

demo=bitnet-demo-model/src/main/resources/bitnet/demo/bitnet-demo.gguf
cp "$demo" "$work/demo.gguf"
java=$(.ci/java-home)/bin/java
bitnet() {
    "$java" --enable-native-access=ALL-UNNAMED -jar bitnet-cli/target/bitnet-cli-*[!s].jar "$@"
}
bitnet export --format coreml "$work/demo.gguf" "$work/demo.coreml"
for package in "$work"/demo.coreml/*.mlpackage; do
    xcrun coremlcompiler compile "$package" "$work"
done

# How much of it the Neural Engine takes.
bitnet devices --model "$work/demo.gguf" --device apple-ne --strict-device
answer=$(bitnet run --model "$work/demo.gguf" --device apple-ne --strict-device --greedy "What is 27 + 48?")
[ "$answer" = "27 + 48 = 75." ] || { echo "native/coreml/check-on-mac.sh: unexpected answer: $answer" >&2; exit 1; }
