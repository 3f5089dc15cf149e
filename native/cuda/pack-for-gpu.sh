#!/bin/sh
# Packs what run-on-gpu.sh needs on a machine with a GPU and without Java, Maven or a network, into target/gpu: a Java runtime,
# the jars, the tests with JUnit's console. At most 64 MiB.
set -eu
cd "$(dirname "$0")/../.."

JAVA_HOME=$(.ci/java-home)
export JAVA_HOME
export MAVEN_OPTS="${MAVEN_OPTS:-} --sun-misc-unsafe-memory-access=allow --enable-native-access=ALL-UNNAMED"
maven=${MAVEN:-mvn -B -ntp -q}
out=$PWD/target/gpu
rm -rf "$out"
mkdir -p "$out/lib"

# Jars of the modules, and of all that their tests use.
$maven -DskipTests package dependency:copy-dependencies -pl bitnet-backend-cuda,bitnet-cli -am \
    -DincludeScope=test -DoutputDirectory="$out/lib"
junit=$(sed -n 's/.*<junit.version>5\.\(.*\)<.*/1.\1/p' pom.xml)
$maven dependency:copy -N -Dartifact="org.junit.platform:junit-platform-console-standalone:$junit" \
    -DoutputDirectory="$out" -Dmdep.stripVersion=true
# The console has JUnit itself.
rm -f "$out"/lib/junit-* "$out"/lib/opentest4j-* "$out"/lib/apiguardian-*
cp bitnet-cli/target/bitnet-cli-*.jar bitnet-backend-cuda/target/bitnet-backend-cuda-*.jar "$out/lib"
rm -f "$out"/lib/*-sources.jar "$out"/lib/*-javadoc.jar
cp -r bitnet-backend-cuda/target/test-classes "$out/test-classes"

# Uncompressed it packs best.
modules=java.base,java.logging,java.management,jdk.incubator.vector,jdk.jfr,jdk.management,jdk.unsupported
"$JAVA_HOME/bin/jlink" --add-modules "$modules,java.compiler,java.instrument,java.xml" --strip-debug \
    --no-header-files --no-man-pages --compress zip-0 --output "$out/rt"
tar -C "$out" -cJf "$out/rt.tar.xz" rt
rm -r "$out/rt"
du -sm "$out"
