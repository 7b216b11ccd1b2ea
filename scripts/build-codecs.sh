#!/usr/bin/env bash
# Builds what decompresses and compresses as WebAssembly: zlib, zstd, xz, bzip2 and lz4 behind wasm/codecs/codecs.c, into
# wasm/codecs/dist/codecs.wasm. Does nothing when nothing it reads has changed.
#
#   CODECS_SOURCE=DIR   take the tarballs named in wasm/codecs/SHA256SUMS from DIR instead of downloading them
#   XDG_CACHE_HOME      tarballs and the finished program are kept in its storeimg/; deleting that is always safe
source "$(dirname "${BASH_SOURCE[0]}")/compile.sh"

out=$PWD/wasm/codecs/dist
need_emscripten
need_making codecs "$(emcc --version)" scripts/build-codecs.sh scripts/compile.sh wasm/codecs/{SHA256SUMS,codecs.c}

need_source "zlib, zstd, xz, bzip2 and lz4" wasm/codecs/SHA256SUMS CODECS_SOURCE bookworm zlib libzstd xz-utils bzip2 lz4

need_debian bzip2 xz-utils
say "unpacking"
for tarball in $(cut -d ' ' -f 3 wasm/codecs/SHA256SUMS); do tar -xf "$source/$tarball" -C "$work"; done
cp wasm/codecs/codecs.c "$work"
cd "$work"

# Each library in the folder that its objects go to, with what its own configure would have found out.
compile() {
  mkdir -p "objects/$1"
  # Paths stand in assertions; they must not be those of this build.
  (cd "objects/$1" && emcc -O3 -w "-ffile-prefix-map=$work=." -c "${@:2}")
}

zlib() {
  compile zlib "$work"/zlib-*/{adler32,crc32,deflate,inflate,inffast,inftrees,trees,zutil}.c
}

zstd() {
  compile zstd -DZSTD_DISABLE_ASM "$work"/zstd-*/lib/{common,compress,decompress}/*.c
}

bzip2() {
  compile bzip2 -DBZ_NO_STDIO "$work"/bzip2-*/{bzlib,crctable,decompress,huffman,randtable,compress,blocksort}.c
}

lz4() {
  compile lz4 -DXXH_NAMESPACE=LZ4_ "$work"/lz4-*/lib/{lz4,lz4hc,lz4frame,xxhash}.c
}

# Its decoder, with every filter and check.
xz() {
  local lib include=() define=(HAVE_{STDBOOL,STDINT,INTTYPES}_H HAVE__BOOL SIZEOF_SIZE_T=4 TUKLIB_SYMBOL_PREFIX=lzma_
    TUKLIB_FAST_UNALIGNED_ACCESS HAVE_CHECK_{CRC32,CRC64,SHA256} HAVE_DECODERS
    HAVE_DECODER_{LZMA1,LZMA2,DELTA,X86,POWERPC,IA64,ARM,ARMTHUMB,ARM64,SPARC})
  lib=$(echo "$work"/xz-*/src/liblzma)
  for folder in api common check lz rangecoder lzma delta simple ../common; do include+=("-I$lib/$folder"); done
  compile xz "${define[@]/#/-D}" "${include[@]}" \
    "$lib"/common/{common,block_decoder,block_header_decoder,block_util,filter_common,filter_decoder,filter_flags_decoder}.c \
    "$lib"/common/{index_hash,stream_decoder,stream_flags_common,stream_flags_decoder,vli_decoder,vli_size}.c \
    "$lib"/check/{check,crc32_fast,crc32_table,crc64_fast,crc64_table,sha256}.c \
    "$lib"/lz/lz_decoder.c "$lib"/lzma/{lzma_decoder,lzma2_decoder}.c "$lib"/delta/{delta_common,delta_decoder}.c \
    "$lib"/simple/{simple_coder,simple_decoder,x86,powerpc,ia64,arm,armthumb,arm64,sparc}.c
}

ours() {
  emcc -O3 -Wall -Izlib-1.2.13.dfsg -Izstd-1.5.4/lib -Ixz-5.4.1/src/liblzma/api -Ibzip2-1.0.8 -Ilz4-1.9.4/lib \
    -c codecs.c -o objects/codecs.o
}

rest() { zlib && bzip2 && lz4 && xz && ours; }

all() {
  zstd &
  local first=$!
  rest && wait $first
}
step "compiling" all

mkdir "$work/finished"
# Newer versions of emscripten default to a stack of 64 KiB.
step "linking codecs.wasm" emcc -O3 objects/*.o objects/*/*.o -o "$work/finished/codecs.wasm" --no-entry --oformat=wasm \
  -sSTANDALONE_WASM -sWASM_BIGINT -sALLOW_MEMORY_GROWTH -sMAXIMUM_MEMORY=4GB -sTOTAL_STACK=1MB
finish
