// An SVG as PNG, drawn by the browser. Nothing is asked of another host.

const SCALE = 2;
const MOST_PIXELS = 16_000; // along an edge; browsers draw no larger canvas

/**
 * Returns a file of this server as an address that holds its data.
 * @param {string} address
 * @returns {Promise<string>}
 */
export async function asData(address) {
  const response = await fetch(address, { credentials: "same-origin" });
  if (!response.ok) throw new Error(`A part of the picture could not be loaded (${response.status}).`);
  const data = await response.blob();
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => resolve(String(reader.result)));
    reader.addEventListener("error", () => reject(reader.error));
    reader.readAsDataURL(data);
  });
}

/**
 * Draws an SVG that holds all it needs, on the page's background. Throws where the browser cannot.
 * @param {string} markup
 * @param {number} width CSS pixels
 * @param {number} height CSS pixels
 * @returns {Promise<Blob>} PNG
 */
export async function drawSvg(markup, width, height) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(markup)}`;
  await image.decode();
  const scale = Math.min(SCALE, MOST_PIXELS / height);
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const context = canvas.getContext("2d");
  if (!context) throw new Error("This browser does not draw pictures.");
  context.fillStyle = getComputedStyle(document.body).backgroundColor;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.scale(scale, scale);
  context.drawImage(image, 0, 0);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("The picture is too large."))), "image/png");
  });
}
