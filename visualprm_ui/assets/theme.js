// Light or dark: follows the system until the person chooses, remembers the choice, keeps Gradio in line with it. A
// classic script on purpose: it must run before the first paint. Idempotent, may be linked twice. Offers
// window.VPTheme. The choice is the class "vp-dark" on <html> (exists before <body> does) and "dark" on <body> (what
// Gradio's own styles read).

(() => {
  if (window.VPTheme) return;
  const KEY = "vp-theme";
  const system = window.matchMedia("(prefers-color-scheme: dark)");

  const stored = () => {
    try {
      const value = localStorage.getItem(KEY);
      return value === "dark" || value === "light" ? value : null;
    } catch {
      return null; // storage is blocked in some embedded pages: then the system decides
    }
  };

  const PARAMETER = "__theme"; // Gradio's own, as Spaces use it: what the page around this one looks like
  const parameter = new URLSearchParams(location.search).get(PARAMETER);
  /** @type {"dark" | "light" | null} */
  let requested = parameter === "dark" || parameter === "light" ? parameter : null;

  /** @returns {"dark" | "light"} */
  const current = () => stored() ?? requested ?? (system.matches ? "dark" : "light");

  const apply = () => {
    const dark = current() === "dark";
    document.documentElement.classList.toggle("vp-dark", dark);
    document.documentElement.style.colorScheme = dark ? "dark" : "light";
    if (document.body && document.body.classList.contains("dark") !== dark)
      document.body.classList.toggle("dark", dark);
  };

  /** @param {"dark" | "light"} value */
  const set = (value) => {
    requested = null;
    dropParameter();
    try {
      localStorage.setItem(KEY, value);
    } catch {
      requested = value; // not remembered, but obeyed while the page is open
    }
    apply();
    window.dispatchEvent(new CustomEvent("vp-theme", { detail: current() }));
  };

  const dropParameter = () => {
    const url = new URL(location.href);
    if (!url.searchParams.has(PARAMETER)) return;
    url.searchParams.delete(PARAMETER);
    history.replaceState(history.state, "", url);
  };

  // Gradio sets its own idea of the theme on <body> when it mounts and whenever the system changes: put ours back at
  // once.
  const watchBody = () => {
    apply();
    new MutationObserver(apply).observe(document.body, { attributes: true, attributeFilter: ["class"] });
  };
  apply();
  if (document.body) watchBody();
  else {
    new MutationObserver((_, observer) => {
      if (!document.body) return;
      observer.disconnect();
      watchBody();
    }).observe(document.documentElement, { childList: true });
  }
  const themeChanged = () => {
    apply();
    window.dispatchEvent(new CustomEvent("vp-theme", { detail: current() }));
  };
  system.addEventListener("change", themeChanged);
  window.addEventListener("storage", (event) => {
    if (event.key === KEY) themeChanged();
  });

  window.VPTheme = { current, set, toggle: () => set(current() === "dark" ? "light" : "dark") };
})();
