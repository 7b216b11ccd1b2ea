/*
 * codecs.c --- decompressors and compressors behind one streaming call
 *
 * The host puts input into input_room, calls codec_step(), and takes what is
 * in output_room, again and again.  One instance is one stream: a program
 * that was given something damaged is thrown away with all its memory.
 */

#include <stdlib.h>
#include <string.h>
#include <emscripten.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>
#include <lzma.h>
#include <bzlib.h>
#include <lz4frame.h>

#define INPUT_ROOM	(128 * 1024)
#define OUTPUT_ROOM	(1024 * 1024)

/* What codec_step() returns. */
enum status {
	MORE = 0,	/* in the middle: more input, or room, is needed */
	BETWEEN = 1,	/* the stream can end here, or another one follow */
	FAILED = -1,	/* why() says it */
};

static unsigned char input_room[INPUT_ROOM], output_room[OUTPUT_ROOM];

static struct {
	const unsigned char	*in;
	size_t			in_left;
	unsigned char		*out;
	size_t			out_left;
	const char		*why;
} io;

static enum status failed(const char *why)
{
	io.why = why;
	return FAILED;
}

/*
 * Zeros may follow a gzip or bzip2 stream: tapes and some programs fill up
 * with them.  Returns whether another stream begins.
 */
static int another_begins(void)
{
	while (io.in_left && !*io.in) {
		io.in++;
		io.in_left--;
	}
	return io.in_left > 0;
}

/* gzip */

static z_stream z;
static int z_between;

/* Window and wrapper: 32 KiB, a gzip header. */
#define GZIP_WINDOW	(15 + 16)
/* As gzip(1) has it. */
#define GZIP_MEMORY	8

static void z_in(void)
{
	z.next_in = (unsigned char *) io.in;
	z.avail_in = io.in_left;
	z.next_out = io.out;
	z.avail_out = io.out_left;
}

static void z_out(void)
{
	io.in = z.next_in;
	io.in_left = z.avail_in;
	io.out = z.next_out;
	io.out_left = z.avail_out;
}

static int gunzip_begin(int level)
{
	return inflateInit2(&z, GZIP_WINDOW) == Z_OK;
}

static enum status gunzip_step(int finish)
{
	int result;

	if (z_between && !another_begins())
		return BETWEEN;
	if (z_between)
		inflateReset(&z);
	z_in();
	result = inflate(&z, Z_NO_FLUSH);
	z_out();
	z_between = result == Z_STREAM_END;
	if (z_between)
		return BETWEEN;
	if (result == Z_OK || result == Z_BUF_ERROR)
		return MORE;
	return failed(z.msg ? z.msg : "out of memory");
}

static int gzip_level;

static int gzip_begin(int level)
{
	gzip_level = level;
	return deflateInit2(&z, level, Z_DEFLATED, GZIP_WINDOW, GZIP_MEMORY,
			    Z_DEFAULT_STRATEGY) == Z_OK;
}

static enum status gzip_step(int finish)
{
	int result;

	z_in();
	result = deflate(&z, finish ? Z_FINISH : Z_NO_FLUSH);
	z_out();
	return result == Z_STREAM_END ? BETWEEN : MORE;
}

/*
 * Zeros between two full flushes always become the same bytes.  These are
 * made once: deflate takes ten times as long for them as SHA-256.
 */
#define ZEROS	OUTPUT_ROOM

static struct {
	unsigned char	deflated[4096];
	size_t		length;
	unsigned long	crc;
} zeros;

/* Has the output room to itself: what was in it is read by now. */
static int zeros_make(void)
{
	z_stream raw = { 0 };

	if (deflateInit2(&raw, gzip_level, Z_DEFLATED, -MAX_WBITS, GZIP_MEMORY,
			 Z_DEFAULT_STRATEGY) != Z_OK)
		return 0;
	memset(output_room, 0, ZEROS);
	zeros.crc = crc32(0, output_room, ZEROS);
	raw.next_in = output_room;
	raw.avail_in = ZEROS;
	raw.next_out = zeros.deflated;
	raw.avail_out = sizeof(zeros.deflated);
	deflate(&raw, Z_FULL_FLUSH);
	zeros.length = sizeof(zeros.deflated) - raw.avail_out;
	deflateEnd(&raw);
	return raw.avail_out > 0;
}

static enum status gzip_zeros(void)
{
	if (!zeros.length && !zeros_make())
		return failed("out of memory");
	/* Ends a byte; nothing that follows refers to what is before. */
	z_in();
	deflate(&z, Z_FULL_FLUSH);
	z_out();
	memcpy(io.out, zeros.deflated, zeros.length);
	io.out += zeros.length;
	/* The trailer is made of these two. */
	z.adler = crc32_combine(z.adler, zeros.crc, ZEROS);
	z.total_in += ZEROS;
	return MORE;
}

/* zstd */

static ZSTD_DCtx *unzstd;
static ZSTD_CCtx *zstd;
static enum status unzstd_status;

static int unzstd_begin(int level)
{
	unzstd = ZSTD_createDCtx();
	/* 1 GiB, `zstd --long=30`, the most that 32 bits have room for. */
	return unzstd && !ZSTD_isError(ZSTD_DCtx_setParameter(unzstd,
						ZSTD_d_windowLogMax, 30));
}

static enum status zstd_result(size_t result, ZSTD_inBuffer *in,
			       ZSTD_outBuffer *out)
{
	io.in += in->pos;
	io.in_left -= in->pos;
	io.out += out->pos;
	io.out_left -= out->pos;
	if (ZSTD_isError(result))
		return failed(ZSTD_getErrorCode(result) ==
			      ZSTD_error_frameParameter_windowTooLarge ?
			      "its window is over 1 GiB: compress with at most "
			      "--long=30" : ZSTD_getErrorName(result));
	return result == 0 ? BETWEEN : MORE;
}

static enum status unzstd_step(int finish)
{
	ZSTD_inBuffer in = { io.in, io.in_left, 0 };
	ZSTD_outBuffer out = { io.out, io.out_left, 0 };

	/* Asked without input, it would begin another frame. */
	if (io.in_left || unzstd_status == MORE)
		unzstd_status = zstd_result(ZSTD_decompressStream(unzstd, &out,
								  &in),
					    &in, &out);
	return unzstd_status;
}

static int zstd_begin(int level)
{
	zstd = ZSTD_createCCtx();
	return zstd &&
		!ZSTD_isError(ZSTD_CCtx_setParameter(zstd,
					ZSTD_c_compressionLevel, level)) &&
		!ZSTD_isError(ZSTD_CCtx_setParameter(zstd,
					ZSTD_c_checksumFlag, 1));
}

static enum status zstd_step(int finish)
{
	ZSTD_inBuffer in = { io.in, io.in_left, 0 };
	ZSTD_outBuffer out = { io.out, io.out_left, 0 };
	size_t result = ZSTD_compressStream2(zstd, &out, &in,
				finish ? ZSTD_e_end : ZSTD_e_continue);
	enum status status = zstd_result(result, &in, &out);

	return status == BETWEEN && !finish ? MORE : status;
}

/* xz */

static lzma_stream lzma = LZMA_STREAM_INIT;

/* Memory for one stream: `xz -9` takes 64 MiB, the format allows 4 GiB. */
#define XZ_MEMORY	(1ULL << 30)

static int unxz_begin(int level)
{
	return lzma_stream_decoder(&lzma, XZ_MEMORY, LZMA_CONCATENATED) ==
		LZMA_OK;
}

static enum status unxz_step(int finish)
{
	lzma_ret result;

	lzma.next_in = io.in;
	lzma.avail_in = io.in_left;
	lzma.next_out = io.out;
	lzma.avail_out = io.out_left;
	result = lzma_code(&lzma, finish ? LZMA_FINISH : LZMA_RUN);
	io.in = lzma.next_in;
	io.in_left = lzma.avail_in;
	io.out = lzma.next_out;
	io.out_left = lzma.avail_out;
	switch (result) {
	case LZMA_OK:
	case LZMA_BUF_ERROR:
		return MORE;
	case LZMA_STREAM_END:
		return BETWEEN;
	case LZMA_MEM_ERROR:
	case LZMA_MEMLIMIT_ERROR:
		return failed("it takes more than 1 GiB of memory");
	case LZMA_FORMAT_ERROR:
		return failed("another stream should begin here");
	case LZMA_OPTIONS_ERROR:
		return failed("it has options that this version does not know");
	default:
		return failed("a checksum or length does not match");
	}
}

/* bzip2 */

static bz_stream bz;
static int bz_between;

static int bunzip2_begin(int level)
{
	return BZ2_bzDecompressInit(&bz, 0, 0) == BZ_OK;
}

static enum status bunzip2_step(int finish)
{
	int result;

	if (bz_between) {
		if (!another_begins())
			return BETWEEN;
		BZ2_bzDecompressEnd(&bz);
		memset(&bz, 0, sizeof(bz));
		if (!bunzip2_begin(0))
			return failed("out of memory");
	}
	bz.next_in = (char *) io.in;
	bz.avail_in = io.in_left;
	bz.next_out = (char *) io.out;
	bz.avail_out = io.out_left;
	result = BZ2_bzDecompress(&bz);
	io.in = (unsigned char *) bz.next_in;
	io.in_left = bz.avail_in;
	io.out = (unsigned char *) bz.next_out;
	io.out_left = bz.avail_out;
	bz_between = result == BZ_STREAM_END;
	if (bz_between)
		return BETWEEN;
	if (result == BZ_OK)
		return MORE;
	return failed(result == BZ_DATA_ERROR_MAGIC ?
		      "another stream should begin here" :
		      result == BZ_MEM_ERROR ? "out of memory" :
		      "a checksum or code does not match");
}

void bz_internal_error(int code)
{
	abort();
}

/* lz4 */

static LZ4F_dctx *unlz4;
static enum status unlz4_status;

static int unlz4_begin(int level)
{
	return !LZ4F_isError(LZ4F_createDecompressionContext(&unlz4,
							     LZ4F_VERSION));
}

static enum status unlz4_step(int finish)
{
	size_t in = io.in_left, out = io.out_left, result;

	if (!in && unlz4_status == BETWEEN)
		return BETWEEN;
	result = LZ4F_decompress(unlz4, io.out, &out, io.in, &in, NULL);
	io.in += in;
	io.in_left -= in;
	io.out += out;
	io.out_left -= out;
	if (LZ4F_isError(result))
		return failed(LZ4F_getErrorName(result));
	unlz4_status = result == 0 ? BETWEEN : MORE;
	return unlz4_status;
}

/* All of them, in the order of src/core/compression/. */

static const struct {
	int		(*begin)(int level);
	enum status	(*step)(int finish);
	/* Takes ZEROS zeros; absent where they are quick anyway. */
	enum status	(*zeros)(void);
} codecs[] = {
	{ gunzip_begin, gunzip_step },
	{ unzstd_begin, unzstd_step },
	{ unxz_begin, unxz_step },
	{ bunzip2_begin, bunzip2_step },
	{ unlz4_begin, unlz4_step },
	{ gzip_begin, gzip_step, gzip_zeros },
	{ zstd_begin, zstd_step },
};

static int chosen;

EMSCRIPTEN_KEEPALIVE unsigned char *codec_input_room(void)
{
	return input_room;
}

EMSCRIPTEN_KEEPALIVE unsigned char *codec_output_room(void)
{
	return output_room;
}

/* Begins a stream; level is for compressors. */
EMSCRIPTEN_KEEPALIVE int codec_begin(int codec, int level)
{
	chosen = codec;
	return codecs[codec].begin(level);
}

/* Goes on with the input room's bytes between two places. */
EMSCRIPTEN_KEEPALIVE int codec_step(size_t from, size_t to, int finish)
{
	io.in = input_room + from;
	io.in_left = to - from;
	io.out = output_room;
	io.out_left = OUTPUT_ROOM;
	return codecs[chosen].step(finish);
}

/* How many zeros codec_zeros() takes; 0 where it must not be called. */
EMSCRIPTEN_KEEPALIVE size_t codec_zeros_taken(void)
{
	return codecs[chosen].zeros ? ZEROS : 0;
}

/* Goes on with zeros that nobody has to give. */
EMSCRIPTEN_KEEPALIVE int codec_zeros(void)
{
	io.in = input_room;
	io.in_left = 0;
	io.out = output_room;
	io.out_left = OUTPUT_ROOM;
	return codecs[chosen].zeros();
}

/* How far the last step came in the input room, and in the output room. */
EMSCRIPTEN_KEEPALIVE size_t codec_taken(void)
{
	return io.in - input_room;
}

EMSCRIPTEN_KEEPALIVE size_t codec_made(void)
{
	return io.out - output_room;
}

EMSCRIPTEN_KEEPALIVE const char *codec_why(void)
{
	return io.why;
}
