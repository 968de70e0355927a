// What ../markdown.js uses of markdown-it's types; the package's own ask for those of the libraries in its bundle.

export interface Token {
  type: string;
  tag: string;
  attrs: [string, string][] | null;
  attrGet(name: string): string | null;
  map: [number, number] | null;
  nesting: 1 | 0 | -1;
  level: number;
  children: Token[] | null;
  content: string;
  markup: string;
  info: string;
  hidden: boolean;
}

export interface StateInline {
  src: string;
  pos: number;
  posMax: number;
  tokens: Token[];
  delimiters: { marker: number; length: number; token: number; end: number; open: boolean; close: boolean }[];
  push(type: string, tag: string, nesting: 1 | 0 | -1): Token;
}

type InlineRule = (state: StateInline, silent: boolean) => boolean;

export interface MarkdownIt {
  parse(source: string, environment: object): Token[];
  parseInline(source: string, environment: object): Token[];
  disable(rules: string[]): MarkdownIt;
  inline: {
    ruler: {
      at(name: string, rule: InlineRule): void;
      before(name: string, own: string, rule: InlineRule): void;
    };
  };
  normalizeLink(address: string): string;
  normalizeLinkText(address: string): string;
  validateLink(address: string): boolean;
}

export default function markdownIt(preset: string, options?: object): MarkdownIt;
