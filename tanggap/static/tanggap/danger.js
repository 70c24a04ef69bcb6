// Words of danger: fire, live wire, injury. The same lists and the same reading as on the server (triage/urgency.py).

const plain = (text) =>
  (text.normalize("NFKD").replace(/[^\x00-\x7f]/g, "").toLowerCase().match(/[a-z0-9]+/g) || []).join(" ");

export function isDanger(text, lists) {
  let said = ` ${plain(text)} `;
  for (const phrase of lists.false_friends) said = said.replaceAll(` ${phrase} `, " # ");
  return lists.words.some((word) => said.includes(` ${word} `));
}

export function watchDanger(box) {
  const form = box.closest("form");
  const fields = ["words", "place"].map((name) => form.elements[name]);
  let lists = null;
  const look = () => {
    box.firstElementChild.hidden = !isDanger(fields.map((field) => field.value).join(" "), lists);
  };
  const fetchOnce = async () => {
    if (lists) return look();
    try {
      lists = await (await fetch(box.dataset.words)).json();
      look();
    } catch {
      // without the lists the number still stands at the top of the page
    }
  };
  for (const field of fields) field.addEventListener("input", fetchOnce);
}
