/** Hands bytes to the browser's downloads. */
export function download(content: Blob, name: string): void {
  const url = URL.createObjectURL(content);
  Object.assign(document.createElement('a'), { href: url, download: name }).click();
  // The download has begun when the click returns; the address is not needed after the task.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
