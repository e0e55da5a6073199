// The figures of single calls as one SVG: bars of the p50, with a whisker up to the p95.

// Only the bench draws. Bars, whiskers and a logarithmic axis, to text and without a browser, are what echarts does;
// drawn by hand they would be a plot library of our own.
import * as echarts from "echarts";
import type { CallFigures, Command, Figures } from "./figures.ts";

const WIDTH = 1200;
/** Of one command's part, with its labels. */
const PART = 400;
const TOP = 90;
/** Told apart on white by people who see colours differently, too (Okabe and Ito). */
const COLOURS = ["#0072b2", "#56b4e9", "#999999", "#d55e00", "#009e73", "#cc79a7"];
const INK = "#222222";

/** The plot; undefined where no single calls were measured. */
export function plotOf({ calls, contestants, processors, kernel }: Figures): string | undefined {
  const commands = (["ADD", "DEL"] as const).filter((command) => calls.some((row) => row.command === command));
  if (commands.length === 0) return undefined;
  const scenarios = [...new Set(calls.map(({ scenario }) => scenario))];
  const chart = echarts.init(null, null, {
    renderer: "svg",
    ssr: true,
    width: WIDTH,
    height: TOP + commands.length * PART,
  });
  chart.setOption({
    animation: false,
    // A ground of its own: the page around it may be dark.
    backgroundColor: "#ffffff",
    textStyle: { color: INK, fontFamily: "sans-serif" },
    color: COLOURS,
    title: {
      text: "One CNI call, bridge and host-local: p50 (bar) and p95 (whisker)",
      subtext: `Linux ${kernel}, ${processors} processors`,
      left: "center",
      textStyle: { color: INK, fontSize: 16 },
      subtextStyle: { color: INK },
    },
    legend: { top: 68, itemGap: 40, data: [...contestants], textStyle: { color: INK } },
    grid: commands.map((_, index) => ({ left: 80, right: 20, top: TOP + 30 + index * PART, height: PART - 130 })),
    xAxis: commands.map((_, index) => ({
      gridIndex: index,
      type: "category",
      data: scenarios.map((scenario) => scenario.replaceAll(", ", "\n")),
      axisLabel: { interval: 0, color: INK, lineHeight: 15 },
      axisTick: { alignWithLabel: true },
    })),
    yAxis: commands.map((command, index) => ({
      gridIndex: index,
      type: "log",
      min: 1,
      name: `${command}, ms (logarithmic)`,
      nameLocation: "middle",
      nameGap: 55,
      nameTextStyle: { color: INK, fontSize: 14 },
      axisLabel: { color: INK },
    })),
    series: commands.flatMap((command, index) =>
      contestants.flatMap((label, place) => {
        const rows = scenarios.map((scenario) => rowOf(calls, scenario, command, label));
        return seriesOf(rows, { label, index, place, of: contestants.length });
      })
    ),
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

interface Place {
  readonly label: string;
  /** Of the command's part. */
  readonly index: number;
  /** Of the contestant in its group, and how many there are. */
  readonly place: number;
  readonly of: number;
}

function seriesOf(rows: readonly (CallFigures | undefined)[], { label, index, place, of }: Place) {
  const axes = { xAxisIndex: index, yAxisIndex: index };
  const whiskers = rows.flatMap((row, group) => row === undefined ? [] : [[group, row.times.p50, row.times.p95]]);
  return [
    {
      ...axes,
      name: label,
      type: "bar" as const,
      barCategoryGap: "20%",
      barGap: "0%",
      itemStyle: { color: COLOURS[place % COLOURS.length]! },
      data: rows.map((row) => row?.times.p50 ?? "-"),
    },
    {
      ...axes,
      name: label,
      type: "custom" as const,
      data: whiskers,
      z: 3,
      renderItem: (_: unknown, api: echarts.CustomSeriesRenderItemAPI) => whisker(api, place, of),
    },
  ];
}

function whisker(api: echarts.CustomSeriesRenderItemAPI, place: number, of: number) {
  const group = api.value(0);
  const [centre = 0, bottom = 0] = api.coord([group, api.value(1)]);
  const [, top = 0] = api.coord([group, api.value(2)]);
  // As wide as barCategoryGap leaves it.
  const bar = (api.size!([1, 0]) as number[])[0]! * 0.8 / of;
  const x = centre + (place - (of - 1) / 2) * bar;
  const line = (x1: number, y1: number, x2: number, y2: number) => ({
    type: "line" as const,
    shape: { x1, y1, x2, y2 },
    style: { stroke: INK, lineWidth: 1 },
  });
  return {
    type: "group" as const,
    children: [line(x, bottom, x, top), line(x - bar / 4, top, x + bar / 4, top)],
  };
}

function rowOf(calls: readonly CallFigures[], scenario: string, command: Command, label: string) {
  return calls.find((row) => row.scenario === scenario && row.command === command && row.label === label);
}
