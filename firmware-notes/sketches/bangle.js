// surefoot's open firmware for Bangle.js 2: acceleration only, 50 times a second, +-8 g. Upload it to RAM with the
// Espruino Web IDE; it runs until the watch is reset. Not tried on hardware.
var SERVICE = "d46c0011-a5b7-4cde-8160-44a442b508cc";
var DATA = "d46c0012-a5b7-4cde-8160-44a442b508cc";
var INFO = "d46c0013-a5b7-4cde-8160-44a442b508cc";
var PERIOD_MS = 20, SAMPLES = 2; // 20 bytes a packet: every link takes them

var bytes = new Uint8Array(8 + 6 * SAMPLES), view = new DataView(bytes.buffer);
var held = 0, number = 0;

function counts(g) {
  return Math.max(-32768, Math.min(32767, Math.round(g * 2048)));
}

function add(a) { // the layout of surefoot_packet.h, version 2
  var at = 8 + 6 * held;
  if (held === 0) {
    view.setUint8(0, 2);
    view.setUint8(1, SAMPLES);
    view.setUint16(2, number, true);
    view.setUint32(4, Math.round(getTime() * 1e6) % 4294967296, true);
  }
  view.setInt16(at, counts(a.x), true);
  view.setInt16(at + 2, counts(a.y), true);
  view.setInt16(at + 4, counts(a.z), true);
  if (++held < SAMPLES) return;
  held = 0;
  number = (number + 1) % 65536;
  var values = {}, update = {};
  values[DATA] = { value: bytes.buffer, notify: true };
  update[SERVICE] = values;
  try { NRF.updateServices(update); } catch (e) {} // nobody is connected
}

var characteristics = {}, services = {};
characteristics[DATA] = { value: bytes.buffer, maxLen: bytes.length, notify: true };
characteristics[INFO] = { value: "rate_hz=" + 1000 / PERIOD_MS + ";range_g=8", readable: true };
services[SERVICE] = characteristics;
NRF.setServices(services, { advertise: [SERVICE] });
NRF.setAdvertising({}, { name: "sureacc" });
Bangle.setOptions({ powerSave: false }); // else it measures less often when it lies still
Bangle.setPollInterval(PERIOD_MS);
Bangle.on("accel", add);
