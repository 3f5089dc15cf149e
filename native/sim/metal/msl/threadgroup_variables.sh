#!/bin/sh
# Rewrites threadgroup variables in LLVM IR, in place (CMakeLists.txt says why): FILE THREAD_LOCAL SECTION
set -eu
sed -E -i \
    -e "s/^(@_ZZ[^ ]+ = internal) global (.*) undef,(.*)\$/\1 $2 externally_initialized global \2 zeroinitializer$3,\3/" \
    -e 's/(externally_initialized global (half|float)) zeroinitializer/\1 0.0/' \
    -e 's/(externally_initialized global i[0-9]+) zeroinitializer/\1 0/' "$1"
