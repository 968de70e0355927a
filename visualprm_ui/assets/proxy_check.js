// Says on the page when a proxy in front of the app passes on another address than the one the page was opened at:
// Gradio then loads its parts from the wrong place, and the page would stay white. A classic script, as nothing else
// may run by then.

(() => {
  const check = () => {
    const root = window.gradio_config?.root;
    if (!root) return;
    const told = new URL(root, location.href);
    if (told.host === location.host && told.protocol === location.protocol) return;
    // refused, and named in the server's log: writes tell where they come from
    fetch("api/status", { method: "POST", headers: { "X-VP": "1" } }).catch(() => {});
    const message = document.createElement("p");
    message.id = "vp-proxy-message";
    message.setAttribute("role", "alert");
    message.textContent =
      `This page was opened at ${location.origin}, but the proxy in front of the app tells it ${told.origin}. ` +
      "Let the proxy pass on Host and X-Forwarded-Proto as they are; in nginx: proxy_set_header Host $http_host; " +
      "proxy_set_header X-Forwarded-Proto $scheme; See docs/deployment.md.";
    document.body.prepend(message);
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", check);
  else check();
})();
