// What the pages' modules find around them: Gradio's mount context, the globals of our own scripts, KaTeX, and our
// window events.

/** What components/base.py hands to a component's `mount`. */
interface MountContext<Props extends object = Record<string, never>> {
  element: HTMLElement;
  props: Props;
  /** Triggers an event that Python listens to. */
  trigger: (name: string, data?: unknown) => void;
  /** Calls `listener` whenever Python or the component changes a prop. */
  watch: (prop: keyof Props & string, listener: () => void) => void;
}

interface Window {
  /** For the page's own buttons, which Gradio draws; see mount.js of solution_board and reference_note. */
  VP?: {
    stop?: () => Promise<boolean>;
    started?: () => void;
    /** What the address asks for is on the board, or nothing was. */
    isOpened?: boolean;
    /** What the server said of itself last. */
    status?: import("./api.d.ts").Status;
    openedForm?: (...now: unknown[]) => unknown[];
    formChanged?: (...values: any[]) => unknown[];
    questionLeft?: (...values: any[]) => unknown;
    referenceChanged?: (...values: any[]) => unknown;
    referenceBack?: (...values: any[]) => unknown[];
  };
  /** Of Gradio's pages: where the server thinks that it is. */
  gradio_config?: { root?: string };
  /** See theme.js. */
  VPTheme?: { current: () => "dark" | "light"; set: (value: "dark" | "light") => void; toggle: () => void };
}

interface WindowEventMap {
  /** A run started or changed its state. */
  "vp-run": CustomEvent<{ run: string; state: string }>;
  /** The server loads other models. */
  "vp-models": CustomEvent;
  /** What the address asks for is on the board, or nothing was. */
  "vp-opened": Event;
  /** What the form asks now. */
  "vp-form": CustomEvent<{ question: string; images: string[] }>;
  /** Another problem is about to fill the form. */
  "vp-problem": CustomEvent;
  /** The server said anew what it is; see VP.status. */
  "vp-status": Event;
  "vp-theme": CustomEvent<"dark" | "light">;
  /** A part of the page cannot reach the server. */
  "vp-offline": Event;
  /** The server answers again. */
  "vp-online": Event;
}

/** KaTeX, once assets/katex/katex.min.js is loaded. */
declare var katex: { render(source: string, node: HTMLElement, options: Record<string, unknown>): void } | undefined;
