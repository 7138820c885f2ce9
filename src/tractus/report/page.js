"use strict";
(function () {
  const data = JSON.parse(document.getElementById("data").textContent);
  const by = (id) => document.getElementById(id);
  const plots = {};
  const config = { responsive: true, displaylogo: false, displayModeBar: false };
  for (const [id, figure] of Object.entries(data.figures)) {
    plots[id] = by(id);
    Plotly.newPlot(by(id), figure.data, figure.layout, config);
  }

  const method = by("method"), slider = by("time"), show = by("show"), play = by("play");
  if (!method) { return; }
  const ids = Object.keys(data.curves);

  function mix(stops, share) {
    const place = Math.min(Math.max(share, 0), 1) * (stops.length - 1);
    const low = Math.min(Math.floor(place), stops.length - 2), part = place - low;
    const rgb = stops[low].map((a, i) => Math.round(a + part * (stops[low + 1][i] - a)));
    return "rgb(" + rgb.join(",") + ")";
  }
  function colour(value, scale) {
    if (value === null) { return "#dddddd"; }
    const share = value / scale.largest;
    return mix(share >= 0 ? scale.warm : scale.cold, Math.sqrt(Math.abs(share)));
  }
  const text = (v, digits, sign) => v === null ? "–"
    : (sign && v > 0 ? "+" : "") + (v.toFixed(digits)).replace(/^-(0\.?0*)$/, "$1");

  function paint(svg, values, scale, digits, sign) {
    svg.querySelectorAll(".disc").forEach((disc) => {
      const value = values[data.levels.indexOf(disc.dataset.level)];
      disc.setAttribute("fill", colour(value, scale));
      disc.querySelector("title").textContent =
        disc.dataset.level + ": " + text(value, digits, sign) + " MPa";
    });
    svg.querySelectorAll("text.value").forEach((label) => {
      label.textContent = text(values[data.levels.indexOf(label.dataset.level)], digits, sign);
    });
  }

  function phase(curve, t) {
    return t <= 0 ? data.texts.standing_before
      : t <= curve.end + 1e-9 ? data.texts.during : data.texts.standing_after;
  }

  function update() {
    const curve = data.curves[method.value], i = Number(slider.value), t = curve.t[i];
    const here = curve.method.levels.map((v) => v[i]), lying = curve.lying.levels.map((v) => v[i]);
    const change = here.map((v, k) => v === null || lying[k] === null ? null : v - lying[k]);
    const difference = show.value === "difference";
    paint(by("spine-method"), difference ? change : here,
      difference ? data.scales.difference : data.scales.pressure, 3, difference);
    paint(by("spine-lying"), lying, data.scales.pressure, 3, false);
    by("bar-pressure").style.display = "";
    by("bar-difference").style.display = difference ? "" : "none";
    by("caption-method").textContent = method.selectedOptions[0].textContent;
    const when = (t >= 0 ? "" : "−") + Math.abs(t).toFixed(1) + " min (" + phase(curve, t) + ")";
    by("now").textContent = method.selectedOptions[0].textContent + ", " + when;
    slider.setAttribute("aria-valuetext", when);
    data.levels.forEach((level, k) => {
      const cells = by("levels").querySelector("tr[data-level='" + level + "']").cells;
      cells[1].textContent = text(here[k], 3);
      cells[2].textContent = text(lying[k], 3);
      cells[3].textContent = text(change[k], 3, true);
    });
    for (const id of ["pressure-time", "height-time"]) {
      Plotly.relayout(plots[id], { "shapes[1].x0": t, "shapes[1].x1": t });
    }
  }

  function choose() {
    const curve = data.curves[method.value], chosen = ids.indexOf(method.value);
    slider.max = curve.t.length - 1;
    let end = 0;
    curve.t.forEach((t, i) => { if (t <= curve.end + 1e-6) { end = i; } });
    slider.value = end;
    const main = ids.map((_, k) => 2 * k), other = ids.map((_, k) => 2 * k + 1);
    for (const id of ["pressure-time", "height-time"]) {
      Plotly.restyle(plots[id], {
        "line.color": ids.map((_, k) => k === chosen ? "#0b5394" : "#cbd2d9"),
        "line.width": ids.map((_, k) => k === chosen ? 3 : 1),
        zorder: ids.map((_, k) => k === chosen ? 2 : 0)
      }, main);
      Plotly.restyle(plots[id], { visible: ids.map((_, k) => k === chosen) }, other);
      Plotly.relayout(plots[id], {
        "shapes[0].x1": curve.end,
        "xaxis.range": [-Math.max(5, 0.2 * curve.end), curve.end + 60]
      });
    }
    update();
  }

  let timer = null;
  function stop() { clearInterval(timer); timer = null; play.textContent = data.texts.play; }
  play.addEventListener("click", () => {
    if (timer) { stop(); return; }
    if (slider.value === slider.max) { slider.value = 0; }
    play.textContent = data.texts.stop;
    timer = setInterval(() => {
      slider.value = Number(slider.value) + 1;
      update();
      if (slider.value === slider.max) { stop(); }
    }, 120);
  });
  method.addEventListener("change", () => { stop(); choose(); });
  slider.addEventListener("input", update);
  show.addEventListener("change", update);

  const each = (change) => Object.values(plots).forEach((plot) =>
    Plotly.relayout(plot, change(plot.closest(".three") !== null)));
  window.addEventListener("beforeprint", () => each((narrow) =>
    ({ width: narrow ? 232 : 690, autosize: false, "font.size": narrow ? 9 : 12,
      "xaxis.nticks": narrow ? 4 : 6 })));
  window.addEventListener("afterprint", () => each(() =>
    ({ width: null, autosize: true, "font.size": 13 })));
  choose();
})();
