#!/bin/sh
# Formats the native sources in place, or with --check only says which are not formatted (and fails).
# Needs clang-format 19: the output differs between versions. Without it, says so and does nothing.
set -eu
cd "$(dirname "$0")"

format=
for tool in clang-format-19 clang-format; do
    case $("$tool" --version 2>/dev/null || true) in
        *"version 19."*)
            format=$tool
            break
            ;;
    esac
done
if [ -z "$format" ]; then
    echo "native/format.sh: no clang-format 19 here, native sources are left as they are" >&2
    exit 0
fi

if [ "${1:-}" = --check ]; then
    set -- --dry-run --Werror
else
    set -- -i
fi
find . \( -name third_party -o -name build \) -prune -o -type f \
    \( -name '*.[chm]' -o -name '*.cpp' -o -name '*.hpp' -o -name '*.cu' -o -name '*.cuh' -o -name '*.mm' -o -name '*.metal' \) \
    -exec "$format" --style=file "$@" {} +
