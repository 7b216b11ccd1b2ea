/** Extended headers: records `LENGTH KEY=VALUE\n`, LENGTH counting the whole record. Source: POSIX.1-2001, pax. */
import { type ByteString, byteString } from '../bytes.ts';

/** One record; a key may stand more than once (GNU.sparse.offset does). */
export type PaxRecord = readonly [key: string, value: ByteString];

/** The records in order; `undefined` when the data is not a run of records. */
export function parsePax(data: Uint8Array): PaxRecord[] | undefined {
  const records: PaxRecord[] = [];
  for (let at = 0; at < data.length; ) {
    // Some writers pad with NULs.
    if (data[at] === 0 && data.subarray(at).every((byte) => byte === 0)) break;
    const space = data.indexOf(0x20, at);
    const digits = space < 0 || space - at > 10 ? '' : byteString(data, at, space);
    const end = at + Number(digits);
    if (!/^[1-9]\d*$/.test(digits) || end > data.length || data[end - 1] !== 0x0a) return undefined;
    const equals = data.indexOf(0x3d, space);
    if (equals < 0 || equals >= end) return undefined;
    records.push([byteString(data, space + 1, equals), byteString(data, equals + 1, end - 1)]);
    at = end;
  }
  return records;
}
