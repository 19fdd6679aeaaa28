// Draws the page's figures in the colours of the reader's theme, and again where it changes or the page is printed.
"use strict";
(() => {
  const source = document.getElementById("chart-data").textContent;
  const { language, shades } = JSON.parse(source);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const months = Array.from({ length: 12 }, (_, month) => `${month + 1}월`);
  Plotly.register({
    moduleType: "locale",
    name: "ko",
    dictionary: {},
    format: {
      days: ["일요일", "월요일", "화요일", "수요일", "목요일", "금요일", "토요일"],
      shortDays: ["일", "월", "화", "수", "목", "금", "토"],
      months,
      shortMonths: months,
      date: "%Y-%m-%d",
      year: "%Y년",
      month: "%Y년 %b",
      dayMonth: "%b %-d일",
      dayMonthYear: "%Y년 %b %-d일",
    },
  });
  const config = { displayModeBar: false, responsive: true, showTips: false, locale: language };

  // Axes, legend and hover boxes: what a figure does not say itself.
  const template = (isDark) => {
    const [ink, line, paper] = isDark ? ["#e6ebf0", "#4a5663", "#1b222b"] : ["#1b2530", "#c3cbd4", "#ffffff"];
    const title = { font: { size: 13 }, standoff: 10 };
    const axis = { automargin: true, gridcolor: line, linecolor: line, tickcolor: line, title, zerolinecolor: line };
    return {
      layout: {
        colorway: ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00"],
        font: { color: ink, family: getComputedStyle(document.body).fontFamily, size: 13 },
        margin: { l: 8, r: 8, t: 16, b: 8 },
        hoverlabel: { bgcolor: paper, bordercolor: line, font: { color: ink } },
        xaxis: axis,
        yaxis: axis,
      },
    };
  };

  const draw = (isDark) => {
    const shaded = (_, value) =>
      isDark && typeof value === "string" && Object.hasOwn(shades, value.toLowerCase())
        ? shades[value.toLowerCase()]
        : value;
    const { figures } = JSON.parse(source, shaded);
    for (const place of document.querySelectorAll(".chart")) {
      const { data, layout } = figures[Number(place.dataset.figure)];
      const clear = "rgba(0,0,0,0)";
      const whole = {
        ...layout,
        template: template(isDark),
        paper_bgcolor: clear,
        plot_bgcolor: clear,
        dragmode: false,
        // Above the plot, where no axis title can run into it however narrow the page is.
        legend: { ...layout.legend, orientation: "h", x: 0, xanchor: "left", y: 1.02, yanchor: "bottom" },
      };
      const fail = () => {
        place.classList.add("undrawn");
        place.parentElement.querySelector("details")?.setAttribute("open", "");
      };
      try {
        Plotly.react(place, data, whole, config).catch(fail);
      } catch {
        fail();
      }
    }
  };

  draw(dark.matches);
  dark.addEventListener("change", () => draw(dark.matches));
  addEventListener("beforeprint", () => draw(false));
  addEventListener("afterprint", () => draw(dark.matches));
})();
