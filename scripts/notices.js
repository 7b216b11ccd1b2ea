/** Licences and sources as a page of their own, web/notices.html: THIRD-PARTY-NOTICES.md, then the licence. */
import { readFileSync, writeFileSync } from 'node:fs';

const root = new URL('../', import.meta.url);
/** @param {string} name */
const read = (name) => readFileSync(new URL(name, root), 'utf8');
const { version } = JSON.parse(read('package.json'));

/** @param {string} text */
const escaped = (text) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;');

/** @param {string} text one that is escaped */
const inline = (text) =>
  text
    .replace(/`([^`]+)`/g, '<code>$1</code>')
    .replace(/\*\*([^*]+)\*\*/g, '<strong>$1</strong>')
    .replace(/\[([^\]]+)\]\(([^)]+)\)/g, '<a href="$2">$1</a>')
    .replace(/&lt;(https:[^>]+)>/g, '<a href="$1">$1</a>');

/** @param {string} row */
const cells = (row) => row.slice(1, -1).split('|');

/** @param {string[]} rows the second one is Markdown's line below the heads */
function table([head, , ...rows]) {
  const heads = cells(head).map((cell) => `<th scope="col">${inline(cell.trim())}</th>`);
  const body = rows.map(
    (row) =>
      `<tr>${cells(row)
        .map((cell) => `<td>${inline(cell.trim())}</td>`)
        .join('')}</tr>`,
  );
  return `<div class="wide" tabindex="0" role="region" aria-label="${cells(head)
    .map((cell) => cell.trim())
    .join(', ')}"><table><thead><tr>${heads.join('')}</tr></thead><tbody>${body.join('')}</tbody></table></div>`;
}

/** The little of Markdown that the file has: headings, paragraphs, tables. @param {string} block */
function html(block) {
  const [, marks, title] = /^(#+) (.*)$/.exec(block) ?? [];
  if (marks) return `<h${marks.length}>${inline(title)}</h${marks.length}>`;
  return block.startsWith('|') ? table(block.split('\n')) : `<p>${inline(block)}</p>`;
}

const blocks = escaped(read('THIRD-PARTY-NOTICES.md'))
  .trim()
  .split(/\n{2,}/);

writeFileSync(
  new URL('web/notices.html', root),
  `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>storeimg: licence and source</title>
    <link rel="icon" href="./icon.svg" type="image/svg+xml" />
    <link rel="stylesheet" href="./src/style.css" />
  </head>
  <body>
    <main class="page notices">
      <p><a href="./">Back to storeimg</a></p>
      ${html(blocks[0])}
      <p>
        The exact source of this page, version ${version}, lies beside it:
        <a href="./storeimg-${version}-source.tar.gz" download>storeimg-${version}-source.tar.gz</a>
      </p>
      ${blocks.slice(1).map(html).join('\n')}
      <h2>GNU General Public License, version 2</h2>
      <pre>${escaped(read('LICENSE'))}</pre>
    </main>
  </body>
</html>
`,
);
