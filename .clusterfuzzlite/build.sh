#!/usr/bin/env bash
# Builds the fuzz targets for OSS-Fuzz, ClusterFuzzLite and scripts/oss-fuzz-build.
#
# From the environment, as OSS-Fuzz sets it: SRC (the project is $SRC/slotproof), WORK and OUT;
# CXX, CXXFLAGS (a sanitizer and the engine's instrumentation) and LIB_FUZZING_ENGINE; SANITIZER and
# ARCHITECTURE. FUZZING_ENGINE says nothing that these do not, and there is no C here, so CC and
# CFLAGS are not looked at.
#
# For each target NAME, $OUT gets NAME, NAME_seed_corpus.zip, NAME.dict and NAME.options. None of
# them needs anything of $SRC, $WORK or the machine that they were built on.
set -euo pipefail

die() {
  echo "build.sh: $*" >&2
  exit 2
}

for variable in SRC WORK OUT CXX CXXFLAGS LIB_FUZZING_ENGINE; do
  [[ -n "${!variable:-}" ]] || die "$variable is not set; scripts/oss-fuzz-build sets all that is needed"
done
sanitizer=${SANITIZER:-address}
[[ ${ARCHITECTURE:-x86_64} =~ ^(x86_64|aarch64)$ ]] ||
  die "ARCHITECTURE=$ARCHITECTURE: the machine is for x86_64 and aarch64"

options=()
case "$sanitizer" in
  address) options+=(-D SLOTPROOF_ASAN=ON) ;;
  coverage) options+=(-D SLOTPROOF_COVERAGE=ON) ;;
  undefined | none) ;;
  *) die "SANITIZER=$sanitizer: expected address, undefined, coverage or none (.clusterfuzzlite/README.md says why)" ;;
esac

# Compilers that instrument by themselves are told what is no feature to search for; see slotproof_plain.
printf 'src:*/lib/%s/*\n' choice explore graphs machine oracle program report trace world \
  >"$WORK/not_instrumented.txt"
export AFL_LLVM_DENYLIST=$WORK/not_instrumented.txt

cd "$SRC/slotproof"
build=$WORK/slotproof
cmake -S . -B "$build" -G Ninja -D CMAKE_BUILD_TYPE= -D CMAKE_CXX_COMPILER="$CXX" \
  -D CMAKE_CXX_FLAGS="$CXXFLAGS" -D SLOTPROOF_ENGINE="$LIB_FUZZING_ENGINE" "${options[@]}"
cmake --build "$build" --target fuzz_targets seeds
seeds=$build/fuzz/seeds

for program in "$build"/fuzz/*; do
  name=$(basename "$program")
  [[ -f "fuzz/$name.cpp" && -x "$program" && "$name" != seeds ]] || continue
  inputs=$WORK/seeds/$name
  rm -rf "$inputs"
  mkdir -p "$inputs"
  max_len=512    # what is behind has no meaning
  if [[ "$name" == program_text ]]; then
    max_len=4096
    while read -r file; do
      copy=${file#"corpus/$name/"}
      cp "$file" "$inputs/${copy//\//-}"
    done < <(find "corpus/$name" -name '*.slot' -size +0c)    # engines leave out what is empty
  else
    "$seeds" encode "corpus/$name" "$inputs"
  fi
  [[ -n "$(ls -A "$inputs")" ]] || die "corpus/$name has no programs to start $name from"

  cp "$program" "$OUT/$name"
  (cd "$inputs" && cmake -E tar cf "$OUT/${name}_seed_corpus.zip" --format=zip --mtime=2000-01-01 -- *)
  if [[ -f "fuzz/$name.dict" ]]; then
    cp "fuzz/$name.dict" "$OUT/$name.dict"
  else
    "$seeds" dictionary >"$OUT/$name.dict"
  fi
  {
    printf '[libfuzzer]\nmax_len=%s\n\n[asan]\n' "$max_len"
    "$seeds" sanitizer_options
  } >"$OUT/$name.options"
done
