"""The page's style: light and dark, wide and narrow, screen and paper."""

from __future__ import annotations

# Okabe and Ito's colours that stand out on white and on black alike, and three of Paul Tol's in
# their place where they do not; told apart under the common colour-vision deficiencies.
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#7F5AA8", "#8A8B2E")
COLOURS_DARK = (
    "#4A9EDA",
    "#F0B429",
    "#2FC597",
    "#E09AC0",
    "#86CCF4",
    "#F07F3C",
    "#AC8CD6",
    "#B9BA55",
)

_LIGHT = (
    "--page:#f6f7f9;--card:#fff;--ink:#1a2230;--soft:#566072;--line:#dfe3e9;--track:#e9ecf1;"
    "--accent:#0a62a8;--warn:#8a5300;--warn-bg:#fff6e3;--warn-line:#ecc573;--none:#8d95a3;"
)
_DARK = (
    "--page:#10141b;--card:#181e28;--ink:#e7ebf1;--soft:#a2adbd;--line:#2b3442;--track:#2a3240;"
    "--accent:#6db6f2;--warn:#f3c66b;--warn-bg:#2a2415;--warn-line:#6b5520;--none:#79828f;"
)


def _hues(colours: tuple[str, ...]) -> str:
    return "".join(f"--c{i}:{colour};" for i, colour in enumerate(colours))


STYLE = (
    f":root{{color-scheme:light dark;{_LIGHT}{_hues(COLOURS)}}}"
    "@media screen and (prefers-color-scheme:dark)"
    f"{{:root{{{_DARK}{_hues(COLOURS_DARK)}}}}}"
    + "".join(f".h{i}{{--hue:var(--c{i})}}" for i in range(len(COLOURS)))
    + """
.hn{--hue:var(--none)}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);line-height:1.5;
 font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;
 -webkit-text-size-adjust:100%;overflow-wrap:anywhere}
main{max-width:1120px;margin:0 auto;padding:32px 24px 48px}
header p{margin:4px 0 0;color:var(--soft)}
h1{font-size:1.9rem;line-height:1.2;margin:0;letter-spacing:-.015em}
h2{font-size:1.18rem;margin:0 0 4px;letter-spacing:-.005em}
h3{font-size:.9rem;margin:0;font-weight:600}
.lead{font-size:1.06rem;margin:16px 0 0;max-width:76ch;color:var(--ink)}
section{margin-top:32px}
.hint{margin:0 0 14px;color:var(--soft);font-size:.9rem;max-width:84ch}
.card{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:16px 18px}
.grid{display:grid;gap:14px;grid-template-columns:repeat(5,minmax(0,1fr))}
.score{display:flex;flex-direction:column;cursor:help}
.score h3{color:var(--soft)}
.score .value{font-size:1.75rem;font-weight:650;line-height:1.25;font-variant-numeric:tabular-nums}
.score .better{font-size:.76rem;color:var(--soft)}
.score p{margin:8px 0 0;font-size:.84rem;line-height:1.42;color:var(--soft)}
.meter{position:relative;height:6px;border-radius:3px;background:var(--track);margin:8px 0 4px}
.meter i{position:absolute;top:0;bottom:0;border-radius:3px;background:var(--accent)}
.meter b{position:absolute;top:-3px;bottom:-3px;width:1px;background:var(--soft)}
.facts{display:flex;flex-wrap:wrap;gap:8px;margin:16px 0 0;padding:0;list-style:none}
.facts li{background:var(--card);border:1px solid var(--line);border-radius:999px;
 padding:3px 12px;font-size:.86rem}
.facts span{color:var(--soft)}
.notes{border-color:var(--warn-line);background:var(--warn-bg);margin-top:20px}
.notes h2{color:var(--warn);font-size:1rem}
.notes ul,.plain{margin:6px 0 0;padding-left:20px}
.notes li,.plain li{margin:4px 0}
.bars{display:grid;grid-template-columns:max-content minmax(60px,1fr) max-content;gap:6px 12px;
 align-items:center;font-size:.9rem}
.bars .bar{height:16px;border-radius:3px;background:var(--track);overflow:hidden}
.bars .bar i{display:block;height:100%;min-width:2px;background:var(--hue)}
.bars .number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.bars .number span{color:var(--soft);display:inline-block;min-width:4.2em}
.stack{display:grid;gap:14px}
.two{display:grid;gap:14px;grid-template-columns:minmax(0,1.62fr) minmax(0,1fr);align-items:start}
.swatch{display:inline-block;width:14px;height:14px;vertical-align:-2px;margin-right:6px;
 fill:var(--hue)}
svg{display:block;width:100%;height:auto}
.swatch svg{width:14px;height:14px}
.map svg{background:transparent}
.map g{fill:var(--hue);fill-opacity:.72;transition:fill-opacity .12s}
.map figure,.curve{margin:0}
figcaption{color:var(--soft);font-size:.84rem;margin-top:8px}
.legend{display:flex;flex-wrap:wrap;gap:4px 14px;margin:12px 0 0;padding:0;list-style:none;
 font-size:.86rem}
.legend li{cursor:default;white-space:nowrap}
.curves{display:grid;gap:14px;grid-template-columns:repeat(auto-fill,minmax(290px,1fr))}
.curve .line{fill:none;stroke:var(--accent);stroke-width:1.8;stroke-linejoin:round}
.curve .dot{fill:var(--accent)}
.curve .rule{stroke:var(--line);stroke-width:1}
.curve text{fill:var(--soft);font-size:11px;font-variant-numeric:tabular-nums}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.9rem}
th{text-align:left;color:var(--soft);font-weight:600;font-size:.8rem}
th,td{padding:8px 14px 8px 0;border-bottom:1px solid var(--line);vertical-align:top}
tbody tr:last-child>*{border-bottom:0}
td.wide,th.wide{padding-left:10px;width:48%}
td.number,th.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
tbody th{color:var(--ink);font-size:.9rem;white-space:nowrap}
.ids{display:flex;flex-wrap:wrap;gap:4px 6px}
.ids bdi{background:var(--track);border-radius:5px;padding:0 7px;font-size:.82rem;max-width:100%;
 font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
.sheet{display:grid;gap:12px;grid-template-columns:minmax(0,1fr)}
.exemplars+.exemplars{border-top:1px solid var(--line);padding-top:12px}
.exemplars h3 span:last-child{color:var(--soft);font-weight:400;margin-left:8px}
.strip{display:flex;gap:6px;align-items:flex-start;margin-top:8px}
.strip img{display:block;min-width:0;height:auto;border-radius:4px;background:var(--track)}
.strip .cut{align-self:stretch;flex:none;width:2px;background:var(--soft);opacity:.5}
.sheet .hint{margin:0}
.told{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,2fr);gap:4px 20px;margin-top:6px}
.told p{margin:0;font-size:.92rem}
.told ul{margin:0;padding:0;list-style:none;font-size:.86rem;color:var(--soft)}
.told li{margin:0 0 5px;padding-left:10px;border-left:2px solid var(--line)}
details summary{cursor:pointer;font-weight:600}
details table{margin-top:12px}
details th{width:34%;font-size:.86rem;white-space:normal}
details td{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;
 font-size:.82rem}
details h3{margin-top:20px}
footer{margin-top:36px;color:var(--soft);font-size:.84rem}
@media (max-width:980px){.grid{grid-template-columns:repeat(3,minmax(0,1fr))}
 .two{grid-template-columns:minmax(0,1fr)}}
@media (min-width:621px) and (max-width:980px){.stack{grid-template-columns:1fr 1fr}}
@media (max-width:620px){main{padding:20px 14px 36px}h1{font-size:1.5rem}
 .grid{grid-template-columns:repeat(2,minmax(0,1fr));gap:10px}.card{padding:13px 14px}
 .score .value{font-size:1.5rem}.grid>:last-child:nth-child(odd){grid-column:1/-1}
 .strip{flex-wrap:wrap;gap:4px}.strip img{max-width:22%}
 .told{grid-template-columns:minmax(0,1fr)}
 .clusters thead{display:none}.clusters,.clusters tbody{display:block}
 .clusters tr{display:grid;grid-template-columns:1fr 1fr;gap:2px 10px;padding:10px 0;
  border-bottom:1px solid var(--line)}
 .clusters tr:last-child{border-bottom:0}
 .clusters th,.clusters td{display:block;border:0;padding:0;width:auto}
 .clusters th,.clusters .wide{grid-column:1/-1}
 .clusters td.number{text-align:left}
 .clusters td::before{content:attr(data-label);display:block;color:var(--soft);font-size:.74rem}
 details th,details td{display:block;width:auto;border:0;padding:0 0 2px}
 details td{padding-bottom:10px}}
@media print{@page{margin:12mm}html{font-size:10px}body{background:#fff;font-size:1rem}
 main{max-width:none;padding:0}section{margin-top:16px}h2,.hint{break-after:avoid}
 .card,.clusters tr,.exemplars,.plain li{break-inside:avoid}
 .card:has(.clusters),.card.sheet,details.card{break-inside:auto}
 .grid{grid-template-columns:repeat(5,minmax(0,1fr));gap:8px}.two{gap:8px;
  grid-template-columns:minmax(0,1.62fr) minmax(0,1fr)}
 .stack{grid-template-columns:1fr;gap:8px}
 .curves{grid-template-columns:repeat(3,minmax(0,1fr));gap:8px}
 details::details-content{content-visibility:visible;height:auto}
 *{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
"""
)
