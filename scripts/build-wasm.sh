#!/usr/bin/env bash
# Builds e2fsprogs' programs as WebAssembly into wasm/dist, or natively from the same tree: what the tests compare with
# into wasm/native (--native), e2fsprogs' own tests and what else they need into wasm/upstream (--upstream). Does nothing
# when nothing it reads has changed.
#
#   E2FSPROGS_SOURCE=DIR   take the two tarballs named in wasm/SHA256SUMS from DIR instead of downloading them
#   XDG_CACHE_HOME         tarballs and finished programs are kept in its storeimg/; deleting that is always safe
source "$(dirname "${BASH_SOURCE[0]}")/compile.sh"

# What to build ---------------------------------------------------------------------------------------------------------

# Debian's revision, for its patches: 20-odd fixes on top of 1.47.2, extent tree corruption among them.
upstream=1.47.2 revision=1.47.2-3 suite=trixie

# Each program where e2fsprogs' own Makefiles make it.
programs=(misc/mke2fs misc/dumpe2fs debugfs/debugfs e2fsck/e2fsck resize/resize2fs)
# What else e2fsprogs' own tests call.
upstream_programs=(misc/tune2fs misc/e2image misc/e2undo tests/progs/crcsum)

# Nothing that only a running Linux system needs; e2fsprogs' own libuuid and libblkid, so that the machine's don't matter.
configure_options=(
  --disable-nls --disable-uuidd --disable-fuse2fs --disable-e2initrd-helper --disable-imager --disable-defrag
  --enable-libuuid --enable-libblkid --without-libarchive --without-pthread --disable-backtrace
)

# Compiler's and linker's optimisation; wasm/README.md has the measurements.
optimise=-O2

wasm_compile=(
  "$optimise"
  # Copying and filling memory is what debugfs does most: one instruction each instead of the C library's loops.
  -mbulk-memory
  # lseek's, which emscripten's headers lack: holes of a sparse file are passed over, not read as zeros.
  -DSEEK_DATA=3 -DSEEK_HOLE=4
  # setjmp is an ordinary function (wasm/host.c).
  -sSUPPORT_LONGJMP=0
)
wasm_link=(
  "$optimise"
  # One .wasm without emscripten's JavaScript; its system is WASI and the imports of wasm/host.c.
  --oformat=wasm -sSTANDALONE_WASM
  -sWASM_BIGINT
  -sALLOW_MEMORY_GROWTH
  # Newer versions default to 64 KiB; libext2fs puts whole blocks on the stack.
  -sTOTAL_STACK=1MB
  # System calls that no image build makes stay imports: src/core/image/system.ts answers them with ENOSYS.
  -sERROR_ON_UNDEFINED_SYMBOLS=0
)
debugfs_link=(
  # Directories in linear time: wasm/dir_index.c stands around these.
  -Wl,--wrap=ext2fs_lookup,--wrap=ext2fs_link,--wrap=ext2fs_expand_dir,--wrap=ext2fs_dir_iterate2
  # Contents in runs of blocks: wasm/file_runs.c.
  -Wl,--wrap=ext2fs_file_write,--wrap=ext2fs_file_close
)

# Is there anything to do? ----------------------------------------------------------------------------------------------

case ${1-} in
  '') kind=dist ;;
  --native | --upstream) kind=${1#--} ;;
  *)
    say "“$1” is none of --native, --upstream"
    exit 2
    ;;
esac
out=$PWD/wasm/$kind

if [ "$kind" = dist ]; then
  need_emscripten
  compiler=$(emcc --version)
else
  command -v gcc >/dev/null || need_debian gcc libc6-dev
  compiler=$(gcc --version)
fi

inputs=(scripts/build-wasm.sh scripts/compile.sh wasm/SHA256SUMS wasm/mke2fs.conf)
[ "$kind" != dist ] || inputs+=(wasm/config.site wasm/*.[ch])
need_making "$kind" "$compiler" "${inputs[@]}"

# Source ----------------------------------------------------------------------------------------------------------------

need_source "e2fsprogs $revision" wasm/SHA256SUMS E2FSPROGS_SOURCE "$suite" "e2fsprogs=$revision"

need_debian make patch xz-utils gcc libc6-dev
say "unpacking and patching"
tar -xf "$source/e2fsprogs_$upstream.orig.tar.gz" -C "$work"
tree=$work/e2fsprogs-$upstream
tar -xf "$source/e2fsprogs_$revision.debian.tar.xz" -C "$tree"
while read -r patch; do
  patch -d "$tree" -p1 --quiet <"$tree/debian/patches/$patch"
done < <(sed 's/#.*//; /^\s*$/d' "$tree/debian/patches/series")
cp wasm/mke2fs.conf "$tree/misc/mke2fs.conf.custom.in" # what mke2fs goes by when it finds no configuration file

# Build -----------------------------------------------------------------------------------------------------------------

build=$tree/$kind
mkdir "$build"
cp wasm/*.[ch] "$build"
cd "$build"

if [ "$kind" = dist ]; then
  export CONFIG_SITE=$OLDPWD/wasm/config.site
  step "configuring" emconfigure ../configure --host=wasm32-unknown-emscripten "${configure_options[@]}" CFLAGS="${wasm_compile[*]}"
  step "compiling" emmake make -j"$(nproc)" libs
  step "compiling wasm/" emcc "${wasm_compile[@]}" -Ilib -I../lib -c host.c debugfs_commands.c dir_index.c file_runs.c
  for program in "${programs[@]}"; do
    flags=("${wasm_link[@]}" ../host.o)
    [ "$program" != debugfs/debugfs ] || flags+=(../debugfs_commands.o ../dir_index.o ../file_runs.o "${debugfs_link[@]}")
    step "linking $program.wasm" emmake make -j"$(nproc)" -C "${program%/*}" "${program#*/}" LDFLAGS="${flags[*]}"
  done
  suffix=.wasm
else
  if [ "$kind" = upstream ]; then
    programs=("${upstream_programs[@]}")
    configure_options+=(--enable-imager)
  fi
  step "configuring" ../configure "${configure_options[@]}" CFLAGS=-O2
  step "compiling" make -j"$(nproc)" libs
  for program in "${programs[@]}"; do
    step "linking $program" make -j"$(nproc)" -C "${program%/*}" "${program##*/}"
  done
  suffix=
fi

mkdir "$work/finished"
if [ "$kind" = upstream ]; then
  # Where its tests look for things: their sources in tests/, what is made for them in built/.
  step "making tests" make -C tests test_one mke2fs.conf test_data.tmp
  cp -r ../tests "$work/finished"
  mkdir "$work/finished/built"
  cp --parents "${programs[@]}" tests/{test_one,mke2fs.conf,test_data.tmp} -t "$work/finished/built"
else
  for program in "${programs[@]}"; do
    cp "$program" "$work/finished/${program##*/}$suffix"
  done
fi
finish
