/** What takes the space: a treemap, and the same as a list, level by level. */
import { useEffect, useState } from 'preact/hooks';
import type { Child } from '../../../src/core/index.ts';
import { inspecting } from '../inspection.ts';
import { size, text } from '../text.ts';
import { Trail } from './trail.tsx';
import { Treemap } from './treemap.tsx';
import { Why } from './why.tsx';

const STORE = 'nix/store';
/** Tiles and lines shown at most; smaller ones are counted. */
const MOST = 40;
const MOST_LINES = 10;

export function SpaceMap() {
  const [isOpen, setOpen] = useState(false);
  const [path, setPath] = useState(STORE);
  const [children, setChildren] = useState<readonly Child[]>([]);
  const engine = inspecting.value;
  useEffect(() => setPath(STORE), [engine]);
  useEffect(() => {
    let isCurrent = true;
    // Ended by a build: there is nobody left to show it to.
    if (isOpen)
      engine?.children(path).then(
        (found) => isCurrent && setChildren(found),
        () => {},
      );
    return () => {
      isCurrent = false;
    };
  }, [isOpen, path, engine]);
  const total = children.reduce((sum, { bytes }) => sum + bytes, 0);
  const shown = children.slice(0, MOST).filter(({ bytes }) => bytes > 0);
  const lines = shown.slice(0, MOST_LINES);
  const more = children.length - lines.length;
  return (
    <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>{text.treemap}</summary>
      <Trail steps={trailOf(path).map(({ name, at }) => ({ name, go: () => setPath(at) }))} />
      {shown.length > 0 && <Treemap items={shown} onOpen={setPath} />}
      <ol class="largest">
        {lines.map((child) => (
          <li key={child.path}>
            {canOpen(child) ? (
              <button type="button" class="plain" onClick={() => setPath(child.path)}>
                {shortName(child)}
              </button>
            ) : (
              <span>{shortName(child)}</span>
            )}{' '}
            <span class="quiet">{text.share(size(child.bytes), Math.floor((child.bytes / total) * 100))}</span>
          </li>
        ))}
      </ol>
      {more > 0 && <p class="help">{text.others(more)}</p>}
      {isStorePath(path) && <Why storePath={`/${path}`} onOpen={setPath} />}
    </details>
  );
}

const isStorePath = (path: string): boolean => path.lastIndexOf('/') === STORE.length;

/** A store path that is a file can be asked why it is there. */
export const canOpen = ({ path, isDirectory }: Pick<Child, 'path' | 'isDirectory'>): boolean =>
  isDirectory || isStorePath(path);

/** A store path goes by its name: the hash tells a person nothing. */
export const shortName = ({ path, name }: Pick<Child, 'path' | 'name'>): string =>
  isStorePath(path) ? name.slice(33) : name;

/** The folders from the store down to a path. */
function trailOf(path: string): { name: string; at: string }[] {
  const parts = path
    .slice(STORE.length + 1)
    .split('/')
    .filter((part) => part !== '');
  const below = parts.map((name, index) => {
    const at = [STORE, ...parts.slice(0, index + 1)].join('/');
    return { name: shortName({ path: at, name }), at };
  });
  return [{ name: text.everything, at: STORE }, ...below];
}
