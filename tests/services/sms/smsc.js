// An exchange for short messages, on the npm package "smpp": a second reading of the protocol beside ours.
// Orders come as lines of JSON on standard input, what happened goes out as lines of JSON.
//   {"do":"mo","from","to","words","ref","seq","total","utf16"}   a citizen writes; kept until answered with 0
//   {"do":"throttle","times"}  {"do":"drop_after_submit"}  {"do":"drop"}  {"do":"receipt","id","state"}
"use strict";
const smpp = require("smpp");

const say = (what) => process.stdout.write(JSON.stringify(what) + "\n");
const lines = new Set();
const queue = [];
let throttle = 0;
let dropAfterSubmit = false;
let count = 0;

const server = smpp.createServer((session) => {
  session.on("error", () => session.destroy());
  session.on("close", () => gone(session));
  for (const how of ["transceiver", "receiver", "transmitter"]) {
    session.on("bind_" + how, (pdu) => bind(session, how, pdu));
  }
  session.on("enquire_link", (pdu) => session.send(pdu.response()));
  session.on("unbind", (pdu) => {
    session.send(pdu.response());
    session.close();
  });
  session.on("submit_sm", (pdu) => submit(session, pdu));
});

function bind(session, how, pdu) {
  if (pdu.system_id !== "tanggap" || pdu.password !== "rahasia") {
    session.send(pdu.response({ command_status: smpp.ESME_RINVPASWD }));
    return;
  }
  session.send(pdu.response());
  say({ bound: how });
  if (how !== "transmitter") {
    lines.add(session);
    pump();
  }
}

function gone(session) {
  lines.delete(session);
  for (const one of queue) {
    if (one.by === session) one.by = null;
  }
}

function pump() {
  const session = [...lines][0];
  if (!session) return;
  for (const one of queue.filter((each) => !each.done && !each.by)) {
    one.by = session;
    session.deliver_sm(one.fields, (answer) => {
      say({ answered: one.name, status: answer.command_status });
      one.by = null;
      one.done = answer.command_status === 0;
      if (!one.done) setTimeout(pump, 100);
    });
  }
}

function submit(session, pdu) {
  if (throttle > 0) {
    throttle -= 1;
    session.send(pdu.response({ command_status: smpp.ESME_RTHROTTLED }));
    return;
  }
  count += 1;
  const id = "n" + count;
  const words = pdu.short_message.message;
  say({ submitted: id, to: pdu.destination_addr, from: pdu.source_addr, words: String(words), receipt: pdu.registered_delivery });
  if (dropAfterSubmit) {
    dropAfterSubmit = false;
    session.destroy();
    return;
  }
  session.send(pdu.response({ message_id: id }));
}

function written(order) {
  const message = order.utf16 ? Buffer.from(order.utf16, "hex") : order.words;
  const fields = { source_addr: order.from, source_addr_ton: 1, source_addr_npi: 1, destination_addr: order.to };
  if (order.utf16) fields.data_coding = 8;
  if (!order.total) return { ...fields, short_message: message };
  const udh = Buffer.from([5, 0, 3, order.ref, order.total, order.seq]);
  return { ...fields, esm_class: 0x40, short_message: { udh, message } };
}

const orders = {
  mo(order) {
    queue.push({ name: order.name, fields: written(order), by: null, done: false });
    pump();
  },
  throttle(order) {
    throttle = order.times;
  },
  drop_after_submit() {
    dropAfterSubmit = true;
  },
  drop() {
    for (const session of [...lines]) session.destroy();
  },
  receipt(order) {
    const dates = "submit date:2603020500 done date:2603020501";
    const words = `id:${order.id} sub:001 dlvrd:001 ${dates} stat:${order.state} err:000 text:`;
    const fields = { source_addr: order.from, destination_addr: order.to, esm_class: 4, short_message: words };
    queue.push({ name: order.name, fields, by: null, done: false });
    pump();
  },
};

let rest = "";
process.stdin.on("data", (data) => {
  const parts = (rest + data).split("\n");
  rest = parts.pop();
  for (const line of parts) {
    const order = JSON.parse(line);
    orders[order.do](order);
  }
});
process.stdin.on("end", () => process.exit(0));
server.listen(Number(process.argv[2]), "127.0.0.1", () => say({ listening: server.address().port }));
