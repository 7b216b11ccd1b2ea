/** The page as a person meets it, in any engine: by roles and names. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Driver } from './driver.ts';

const SELECTORS = {
  button: 'button',
  link: 'a[href]',
  field: 'input, select',
  summary: 'summary',
  region: 'section',
  heading: 'h1, h2, h3',
  alert: '[role=alert]',
  status: '[role=status]',
  progressbar: 'progress',
} as const;

type Role = keyof typeof SELECTORS;

/** Runs in the page. */
const pick = (selector: string, name: string | undefined): HTMLElement | null => {
  const nameOf = (element: HTMLElement) =>
    element.ariaLabel ?? ((element as HTMLInputElement).labels?.[0] ?? element).textContent?.trim();
  const shown = [...document.querySelectorAll<HTMLElement>(selector)].filter((element) => element.checkVisibility());
  return shown.find((element) => name === undefined || nameOf(element) === name) ?? null;
};

const find = (role: Role, name?: string): string =>
  `(${pick})(${JSON.stringify(SELECTORS[role])}, ${JSON.stringify(name)})`;

/** Milliseconds that the largest build of a test may take. */
const PATIENCE = 2 * 60_000;

export class Tab {
  readonly driver: Driver;

  constructor(driver: Driver) {
    this.driver = driver;
  }

  /** Whether such an element is shown now. */
  async has(role: Role, name?: string): Promise<boolean> {
    return (await this.driver.evaluate(`${find(role, name)} !== null`)) as boolean;
  }

  /** Waits for an element; returns the expression that finds it. */
  async #shown(role: Role, name?: string): Promise<string> {
    await this.#until(`${find(role, name)} !== null`, (isShown) => isShown === true);
    return find(role, name);
  }

  async click(role: Role, name: string): Promise<void> {
    await this.driver.click(await this.#shown(role, name));
  }

  async choose(name: 'Store archive' | 'Closure manifest', files: readonly string[]): Promise<void> {
    await this.driver.choose(await this.#shown('field', name), files);
  }

  /** Types into a field, over what it has; chooses from a list. */
  async fill(name: string, value: string): Promise<void> {
    const write = (field: HTMLInputElement | HTMLSelectElement, value: string) => {
      field.focus();
      if (field instanceof HTMLSelectElement) {
        field.value = value;
        field.dispatchEvent(new Event('change', { bubbles: true }));
      } else {
        field.select();
        document.execCommand('insertText', false, value);
      }
    };
    if (!(await this.has('field', name))) await this.click('summary', 'Options');
    await this.driver.evaluate(`(${write})(${await this.#shown('field', name)}, ${JSON.stringify(value)})`);
  }

  /** Waits until such an element says something; returns all that it says. */
  async reads(pattern: RegExp, role: Role, name?: string): Promise<string> {
    const text = `${find(role, name)}?.textContent ?? ''`;
    return (await this.#until(text, (said) => pattern.test(said as string))) as string;
  }

  /** What is said of a field, below it. */
  async description(field: string): Promise<string> {
    const describe = (element: HTMLElement) =>
      document.getElementById(element.getAttribute('aria-describedby')!)!.textContent;
    return (await this.driver.evaluate(`(${describe})(${await this.#shown('field', field)})`)) as string;
  }

  /** Saves what a button or a link hands out; returns where it is. */
  async download(role: Role, name: string): Promise<string> {
    return this.driver.download(await this.#shown(role, name));
  }

  async #until(expression: string, isMeant: (value: unknown) => boolean): Promise<unknown> {
    for (const started = performance.now(); ; await sleep(50)) {
      const value = await this.driver.evaluate(expression);
      if (isMeant(value)) return value;
      if (performance.now() - started > PATIENCE)
        throw new Error(`${expression} is still ${value} on: ${await this.driver.evaluate('document.body.innerText')}`);
    }
  }
}
