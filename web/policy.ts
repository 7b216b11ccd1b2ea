/**
 * The page's Content-Security-Policy: nothing is asked of any other origin, and no script runs that the page did not
 * bring. It stands in every HTML file; its workers inherit it (start-worker.ts), on hosts that send no headers, too.
 */
export const POLICY = [
  "default-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "connect-src 'self'",
  "worker-src 'self' blob:",
  "img-src 'self' data:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');
