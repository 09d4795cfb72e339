// Looks at the page in the frame and writes what is wrong with it, as a list, where the test reads it.
const frame = document.getElementById("page");
const say = (faults) => { document.getElementById("found").textContent = JSON.stringify(faults); };
// The rules of axe-core on accessibility (WCAG 2.1 A and AA, and good practice), where its script is at hand.
const accessibility = async (page) => {
  if (!AXE) return [];
  const script = page.createElement("script");
  script.src = AXE;
  const loaded = new Promise((resolve) => { script.onload = resolve; script.onerror = resolve; });
  page.head.append(script);
  await loaded;
  const axe = frame.contentWindow.axe;
  if (!axe) return ["axe-core was not loaded"];
  const { violations } = await axe.run(page, { resultTypes: ["violations"] });
  return violations.flatMap(({ id, help, nodes }) => nodes.slice(0, 3).map((node) => `${id} (${help}): ${node.html.slice(0, 120)}`));
};
frame.onload = async () => {
  const page = frame.contentDocument;
  const width = page.documentElement.clientWidth;
  const faults = [];
  const name = (element) => `${element.tagName.toLowerCase()} "${(element.textContent || "").trim().slice(0, 40)}"`;
  const isShown = (element) => element.getClientRects().length > 0;
  const scrolls = (element) => element.closest(".table, .wide.only, pre, svg");
  if (page.documentElement.scrollWidth > width) faults.push(`the page is ${page.documentElement.scrollWidth} wide in ${width}`);
  for (const element of page.body.querySelectorAll("*")) {
    if (!isShown(element) || scrolls(element)) continue;
    const right = element.getBoundingClientRect().right;
    if (right > width + 1) faults.push(`${name(element)} is wider than the page: ends at ${Math.round(right)} of ${width}`);
  }
  const said = page.body.innerText;
  for (const word of ["NaN", "undefined", "inf %", "∞"]) if (said.includes(word)) faults.push(`"${word}" is said`);
  for (const figure of page.querySelectorAll("figure")) {
    const drawn = [...figure.querySelectorAll("svg")].filter(isShown);
    if (drawn.length !== 1) { faults.push(`${drawn.length} drawings of one picture are shown: ${name(figure)}`); continue; }
    const shapes = [...drawn[0].querySelectorAll("rect, circle, polygon, polyline, line")].filter((shape) => {
      const box = shape.getBBox();
      return box.width > 0 || box.height > 0;
    });
    if (shapes.length < 3) faults.push(`an empty chart: ${name(figure)}`);
    const box = drawn[0].viewBox.baseVal;
    for (const text of drawn[0].querySelectorAll("text")) {
      const area = text.getBBox();
      if (text.hasAttribute("transform")) continue;
      if (area.x < box.x - 1 || area.x + area.width > box.x + box.width + 1) faults.push(`cut off in a picture: ${name(text)}`);
    }
    const size = 12 * drawn[0].getBoundingClientRect().width / box.width;
    if (size < 8.5) faults.push(`letters of ${size.toFixed(1)} pixels in a picture: ${name(figure)}`);
  }
  // What people who hear or steer by keys need.
  if (!page.documentElement.lang) faults.push("the language is not told");
  if (!page.title) faults.push("there is no title");
  for (const image of page.images) if (!image.hasAttribute("alt")) faults.push("an image without alt");
  for (const drawing of page.querySelectorAll("figure svg")) if (!drawing.querySelector("title")) faults.push("a drawing without title");
  for (const cell of page.querySelectorAll("thead th")) if (cell.scope !== "col") faults.push("a heading without scope");
  let before = 0;
  for (const heading of page.querySelectorAll("h1, h2, h3, h4")) {
    const level = Number(heading.tagName[1]);
    if (level > before + 1) faults.push(`a heading of level ${level} after ${before}: ${name(heading)}`);
    before = level;
  }
  const light = (color) => {
    const parts = color.match(/[\d.]+/g).slice(0, 3).map((part) => part / 255);
    const [r, g, b] = parts.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const paper = light(getComputedStyle(page.body).backgroundColor.replace("rgba(0, 0, 0, 0)", "rgb(255, 255, 255)"));
  for (const element of page.querySelectorAll("p, li, td, th, h1, h2, h3, figcaption, footer, strong")) {
    if (!isShown(element) || !element.textContent.trim()) continue;
    const ink = light(getComputedStyle(element).color);
    const contrast = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
    if (contrast < 4.5) faults.push(`contrast ${contrast.toFixed(1)}: ${name(element)}`);
  }
  faults.push(...await accessibility(page));
  say([...new Set(faults)]);
};
