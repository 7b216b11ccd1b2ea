/** What takes the space: a treemap, and the same as a list, level by level. */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Child } from '../../../src/core/index.ts';
import { inspecting } from '../inspection.ts';
import { size, text } from '../text.ts';
import { AllChildren, percentOf } from './all-children.tsx';
import { Trail } from './trail.tsx';
import { Treemap } from './treemap.tsx';
import { Why } from './why.tsx';

const STORE = 'nix/store';
/** Tiles by themselves; smaller ones share one. */
const MOST = 40;
/** Lines at first; the list of all is a click away. */
const MOST_LINES = 10;

export function SpaceMap() {
  const [isOpen, setOpen] = useState(false);
  const [path, setPath] = useState(STORE);
  const [children, setChildren] = useState<readonly Child[]>([]);
  const [isWhole, setWhole] = useState(false);
  const details = useRef<HTMLDetailsElement>(null);
  const hasMoved = useRef(false);
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
  // What was pressed to get here is gone: the focus goes to where one is.
  useLayoutEffect(() => {
    if (hasMoved.current) details.current!.querySelector<HTMLElement>('[aria-current]')!.focus();
    hasMoved.current = false;
  }, [path]);
  const go = (to: string) => {
    hasMoved.current = true;
    setPath(to);
  };
  const total = children.reduce((sum, { bytes }) => sum + bytes, 0);
  const shown = children.slice(0, MOST).filter(({ bytes }) => bytes > 0);
  const lines = shown.slice(0, MOST_LINES);
  const trail = trailOf(path);
  return (
    <details ref={details} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>{text.treemap}</summary>
      <Trail steps={trail.map(({ name, at }) => ({ name, go: () => go(at) }))} />
      {shown.length > 0 && <Treemap items={shown} others={children.slice(shown.length)} onOpen={go} />}
      <ol class="largest">
        {lines.map((child) => (
          <li key={child.path}>
            {canOpen(child) ? (
              <button type="button" class="plain" onClick={() => go(child.path)}>
                {shortName(child)}
              </button>
            ) : (
              <span>{shortName(child)}</span>
            )}{' '}
            <span class="quiet">{text.share(size(child.bytes), percentOf(child.bytes, total))}</span>
          </li>
        ))}
      </ol>
      {children.length > lines.length && (
        <details onToggle={({ currentTarget }) => setWhole(currentTarget.open)}>
          <summary>{text.allBySize(children.length)}</summary>
          {isWhole && (
            <AllChildren
              items={children}
              total={total}
              onOpen={go}
              onUp={() => trail.length > 1 && go(trail.at(-2)!.at)}
            />
          )}
        </details>
      )}
      {isStorePath(path) && <Why storePath={`/${path}`} onOpen={go} />}
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
