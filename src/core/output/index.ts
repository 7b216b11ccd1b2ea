/** Image → what a person gets: in its disk or not, compressed or not, hashed and mapped. */
export { COMPRESSIONS, makeCompressor } from './compressor.ts';
export { type Delivery, type DeliveryHost, deliver, piecesOf } from './deliver.ts';
export { asked, type HandoverPort, offer, type Piece, Stopped } from './handover.ts';
export { imageName } from './name.ts';
export { layOut, type Raw, type RawFacts } from './raw.ts';
