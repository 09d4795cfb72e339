"use strict";
const decimal = document.documentElement.dataset.decimal;
const notDigits = new RegExp(`[^0-9${decimal}-]`, "g");
// A click on a heading sorts by it; rows that belong to the one above move with it. Long tables can be searched.
for (const table of document.querySelectorAll(".table table")) {
  const body = table.tBodies[0];
  const groups = [];
  for (const row of body.rows) {
    if (row.className === "note" && groups.length) groups[groups.length - 1].push(row); else groups.push([row]);
  }
  const isTree = groups.some(([row]) => row.cells[0].textContent.startsWith("\u2003"));
  const value = (row, column) => {
    const digits = row.cells[column].textContent.replace("−", "-").replace(notDigits, "").replace(decimal, ".");
    return digits === "" ? null : Number(digits);
  };
  const compare = (column, isNumber) => (a, b) => {
    if (!isNumber) return a[0].cells[column].textContent.localeCompare(b[0].cells[column].textContent);
    const [x, y] = [value(a[0], column), value(b[0], column)];
    return x === null ? 1 : y === null ? -1 : x - y;
  };
  if (groups.length > 2 && !isTree) {
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      if (!head.textContent) return;
      const button = document.createElement("button");
      button.textContent = head.textContent;
      head.replaceChildren(button);
      button.onclick = () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        for (const other of head.parentNode.cells) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const sorted = [...groups].sort(compare(column, head.className === "number"));
        if (down) sorted.reverse();
        for (const group of sorted) body.append(...group);
      };
    });
  }
  if (groups.length > 20) {
    const search = document.createElement("input");
    search.type = "search";
    search.placeholder = "search these rows";
    search.setAttribute("aria-label", "Search the rows of the table below");
    search.oninput = () => {
      const wanted = search.value.toLowerCase();
      for (const group of groups) {
        const hidden = !group.some((row) => row.textContent.toLowerCase().includes(wanted));
        for (const row of group) row.hidden = hidden;
      }
    };
    table.parentNode.before(search);
  }
}
