// Sliders of interactive figures: plotly comes from this site, at the first touch of a slider.
const root = () => document.documentElement;
const colour = (name) => getComputedStyle(root()).getPropertyValue(`--c-${name}`).trim();
let plotly = null;

function loadPlotly() {
  plotly ??= new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = new URL(`${root().dataset.content_root}_static/plotly.min.js`, document.baseURI);
    script.onload = () => done(window.Plotly);
    script.onerror = failed;
    document.head.append(script);
  });
  return plotly;
}

function painted(trace) {
  const copy = structuredClone(trace);
  for (const part of [copy.line, copy.marker]) {
    if (!part) continue;
    part.color = Array.isArray(part.color) ? part.color.map(colour) : colour(part.color);
  }
  return copy;
}

function framed(layout) {
  const ink = colour("ink");
  const axis = { color: ink, gridcolor: colour("line"), zerolinecolor: colour("line"), fixedrange: true };
  const result = { ...layout, paper_bgcolor: "transparent", plot_bgcolor: "transparent" };
  for (const name of ["xaxis", "yaxis", "xaxis2", "yaxis2"]) {
    if (layout[name]) result[name] = { ...axis, ...layout[name], title: { text: layout[name].title } };
  }
  result.font = { color: ink, size: 13, family: getComputedStyle(document.body).fontFamily };
  return { margin: { l: 56, r: 12, t: 28, b: 44 }, height: 380, ...result };
}

function prepare(figure) {
  const data = JSON.parse(figure.querySelector("script[type='application/json']").textContent);
  const [slider, shown] = [figure.querySelector("input"), figure.querySelector("output")];
  const plot = figure.querySelector(".plot");
  let started = false;
  const draw = async () => {
    shown.value = data.positions[slider.value];
    const library = await loadPlotly();
    if (!started) plot.replaceChildren();
    started = true;
    const traces = data.frames[slider.value].map(painted);
    await library.react(plot, traces, framed(data.layout), { displayModeBar: false, responsive: true });
    figure.dataset.position = slider.value;
  };
  slider.addEventListener("input", draw);
  new MutationObserver(() => started && draw()).observe(root(), { attributeFilter: ["data-theme"] });
}

document.querySelectorAll("figure.interactive").forEach(prepare);

// Of panels beside radio buttons one is shown.
document.querySelectorAll(".choice").forEach((choice) => {
  const show = () => {
    const chosen = choice.querySelector("input:checked").value;
    choice.querySelectorAll("[data-of]").forEach((panel) => (panel.hidden = panel.dataset.of !== chosen));
  };
  choice.addEventListener("change", show);
  show();
});

// A link into a folded block opens it.
function unfold() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)) );
  for (let box = target?.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
}
addEventListener("hashchange", unfold);
unfold();

// A citation's link ends in #thm-ID at the first page; its list knows the theorem's own page.
if (location.hash.startsWith("#thm-") && !document.getElementById(location.hash.slice(1))) {
  const link = document.querySelector(`a[href$="${CSS.escape(location.hash).replace("\\#", "#")}"]`);
  if (link) location.replace(link.href);
}
