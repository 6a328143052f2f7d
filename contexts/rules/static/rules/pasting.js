// What a spreadsheet puts on the clipboard: lines of cells with tabs between, quotes around those that hold either.
(() => {
  "use strict";
  const house = (window.verdict ??= {});

  house.cellsOf = (text) => {
    const lines = [[]];
    let cell = "";
    let quoted = false;
    const end = () => { lines.at(-1).push(cell); cell = ""; };
    const plain = text.replace(/\r\n?/g, "\n").replace(/\n+$/, "");
    // a quote opens a cell only where the cell is closed by one: "gold" of a table of ours is a text, and stands as it is
    const closes = (from) => {
      for (let at = from; at < plain.length; at += 1) {
        if (plain[at] !== '"') continue;
        if (plain[at + 1] === '"') { at += 1; continue; }
        const inside = plain.slice(from, at);
        const needed = /[\t\n]|""/.test(inside);
        return needed && (at + 1 === plain.length || "\t\n".includes(plain[at + 1]));
      }
      return false;
    };
    for (let at = 0; at < plain.length; at += 1) {
      const it = plain[at];
      if (quoted) {
        if (it === '"' && plain[at + 1] === '"') { cell += it; at += 1; } else if (it === '"') quoted = false;
        else cell += it;
      } else if (it === '"' && cell === "" && closes(at + 1)) quoted = true;
      else if (it === "\t") end();
      else if (it === "\n") { end(); lines.push([]); } else cell += it;
    }
    end();
    return lines.map((line) => line.map((one) => one.trim().replace(/\s*\n\s*/g, " ")));
  };

  // 10 %, 12,5 % and 12,5 as expressions have them; 1,000 may be one or a thousand, and stays for the server to refuse
  house.numberOf = (text, takesPercent) => {
    const [, sign, whole, mark, part, percent] = text.match(/^(-?)([0-9]+)(?:([.,])([0-9]+))?\s*(%?)$/) ?? [];
    if (whole === undefined || (percent && !takesPercent) || (mark === "," && part.length === 3 && whole !== "0")) return text;
    return `${sign}${whole}${part ? `.${part}` : ""}`;
  };

  house.textOf = (lines) => lines.map((line) => line.map((it) => (/[\t\n]|^"/.test(it) ? `"${it.replaceAll('"', '""')}"` : it)).join("\t")).join("\n");
})();
