/*
 * report_style.c - the style sheet of report.html. System fonts, one accent, colours that keep a
 * contrast of 4.5:1 for text on both grounds and differ in lightness too, for those who do not see
 * the hues.
 */
#include "output/report/report_style.h"

#include <stddef.h>

const char *const report_style[] = {
	":root{--bg:#fbfbf9;--card:#fff;--ink:#1c2126;--soft:#5a636c;--line:#dfe2e4;"
	"--accent:#0b5a8a;--bar:#a9c9de;--mark:#0b5a8a;--good:#2b7d55;"
	"--bad:#b3362b;--unsure:#cf9a35;--first:#0b5a8a;--second:#e08214;color-scheme:light "
	"dark}\n",
	"@media (prefers-color-scheme:dark){:root{--bg:#14181b;--card:#1b2024;--ink:#e7eaec;"
	"--soft:#a2abb3;--line:#30373d;--accent:#7cc0ea;--bar:#2f5069;--mark:#9fd0f0;"
	"--good:#4faf80;--bad:#e0695c;--unsure:#d9a94d;--first:#6db3e0;--second:#b35f00}}"
	"\n",
	"*{box-sizing:border-box}\n",
	"html{scroll-behavior:smooth;scroll-padding-top:3.5rem}\n",
	"body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.5 system-ui,"
	"-apple-system,'Segoe UI',Roboto,'Helvetica Neue',sans-serif;"
	"font-variant-numeric:tabular-nums}\n",
	"header,main,footer{max-width:76rem;margin:0 auto;padding:0 1.5rem}\n",
	"header{padding-top:2.5rem}\n",
	".brand{margin:0;color:var(--accent);font-weight:600;letter-spacing:.04em}\n",
	"h1{margin:.1em 0 .2em;font-size:clamp(1.6rem,4vw,2.5rem);line-height:1.15;"
	"letter-spacing:-.015em}\n",
	"h2{margin:0 0 .3rem;font-size:1.5rem;letter-spacing:-.01em}\n",
	"h3{margin:0;font-size:1.02rem}\n",
	".state{margin:.2rem 0 0;color:var(--soft)}.ok{color:var(--good);font-weight:600}"
	".warn{color:var(--bad);font-weight:600}\n",
	".remarks{margin:.8rem 0 0;padding:.7rem 1rem .7rem 2rem;border-left:4px solid "
	"var(--unsure);background:var(--card);overflow-wrap:anywhere}\n",
	".story{margin:1.4rem 0 0;padding:0;list-style:none}.story li{"
	"display:grid;grid-template-columns:7.5rem 1fr;gap:1.1rem;align-items:baseline;"
	"padding:.55rem 0;border-top:1px solid var(--line)}.story span{max-width:60rem}.story "
	"b{font-size:1.55rem;"
	"line-height:1.2;text-align:right;white-space:nowrap;letter-spacing:-.02em;"
	"color:var(--accent)}\n",
	".figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.5rem,1fr));"
	"gap:.7rem;margin:1rem 0 0;padding:0;list-style:none}.figures li{padding:.5rem .8rem;"
	"background:var(--card);border:1px solid var(--line);border-left:5px solid var(--line);"
	"line-height:1.3}.figures li.bad{border-left-color:var(--bad)}.figures li.good{"
	"border-left-color:var(--good)}.figures b{display:block;font-size:1.5rem}.figures span{"
	"color:var(--soft);font-size:.86rem}\n",
	/* Columns, not rows: a card that is less high than its neighbour leaves no hole. */
	".charts{columns:2 26rem;column-gap:1.2rem;margin-top:1.8rem}\n",
	".chart{margin:0 0 1.2rem;padding:1.1rem 1.2rem;background:var(--card);border:1px solid "
	"var(--line);"
	"border-radius:6px;break-inside:avoid}.chart "
	"h2{font-size:1.02rem;line-height:1.3;letter-spacing:0}.chart svg{display:block;"
	"width:100%;max-width:36rem;height:auto;margin-top:.5rem;overflow:visible}\n",
	".i0{fill:var(--ink)}.i1{fill:var(--soft)}.i2{fill:var(--line)}.i3{fill:var(--first)}.i4{"
	"fill:var(--second)}.i5{fill:var(--first);opacity:.18}.s2,.s3,.s4,.s6,.s7{fill:none}.s2{"
	"stroke:var(--line)}.s3{stroke:var(--first)}.s4{stroke:var(--second)}.s6{"
	"stroke:var(--ink)}.s7{stroke:var(--card)}\n",
	".legendline,.intro,.note{color:var(--soft);max-width:48rem}.legendline{"
	"font-size:.88rem;margin:.4rem 0 0}.intro{margin:.1rem 0 .8rem}.note{margin:.15rem 0 "
	".3rem;font-size:.84rem;line-height:1.4}\n",
	".all{margin-top:3rem}\n",
	".part{border-top:1px solid var(--line)}.part>summary{padding:.8rem 0;cursor:pointer}"
	".part>summary h2{display:inline;font-size:1.2rem}.part>summary small{display:block;"
	"color:var(--soft);font-size:.86rem;line-height:1.45;padding-left:1.1rem}"
	".part[open]{padding-bottom:1.6rem}\n",
	".tables{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,33rem),"
	"1fr));gap:2rem 2.2rem;margin-top:.6rem}\n",
	".table{min-width:0}.table.wide{grid-column:1/-1}\n",
	":focus-visible{outline:2px solid var(--accent);outline-offset:2px}\n",
	"table{border-collapse:collapse;width:100%;margin-top:.35rem;font-size:.9rem;"
	"background:var(--card);border:1px solid var(--line)}\n",
	"th,td{padding:.42rem .75rem;text-align:left;vertical-align:top}\n",
	"thead th{color:var(--soft);font-weight:500;font-size:.82rem;vertical-align:bottom;"
	"line-height:1.25;border-bottom:1px solid var(--line)}\n",
	"tbody tr+tr>*{border-top:1px solid var(--line)}\n",
	/* A word from outside may be as long as a line; ours never break. */
	"tbody th{font-weight:500;overflow-wrap:anywhere;min-width:8rem}\n",
	"th.n,td.n{text-align:right}td.n{white-space:nowrap}td.t{min-width:8rem}\n",
	"td.s{min-width:11rem}td.s b{font-weight:600}td.s i{color:var(--soft);font-style:normal;"
	"font-size:.8rem}td.s b,td.s i,td.s span{white-space:nowrap}\n",
	"td.s span{display:block;color:var(--soft);font-size:.8rem;line-height:1.3}\n",
	"td.s u{display:block;position:relative;height:.5rem;margin-top:.25rem;"
	"background:linear-gradient(var(--bar),var(--bar)) 0 0/var(--p) 100% no-repeat}\n",
	"td.s u::after{content:'';position:absolute;top:calc(50% - .5px);left:var(--l);"
	"width:calc(var(--h) - var(--l));height:1px;background:var(--mark)}\n",
	/* An interval that goes on. */
	"td.s u.on::before{content:'';position:absolute;top:calc(50% - 3px);left:calc(100% - 5px);"
	"border:solid transparent;border-width:3px 0 3px 5px;border-left-color:var(--mark)}\n",
	/* Many columns: the interval below its share. */
	".many td.s i{display:block;line-height:1.3}.many td.s{min-width:0}.many th,.many td{"
	"padding-left:.55rem;padding-right:.55rem}.many tbody th{min-width:6.5rem}\n",
	".none{color:var(--soft)}\n",
	"time{white-space:nowrap}footer{margin-top:4rem;padding-bottom:3rem;color:var(--soft);font-"
	"size:.86rem}\n",
	/* Narrow: a row is a card. */
	"@media screen and (max-width:48rem){header,main,footer{padding-left:1rem;padding-right:"
	"1rem}.story li{grid-template-columns:1fr;gap:.1rem}.story b{text-align:left}.chart{"
	"padding:.9rem .4rem}.chart svg text{font-size:12px}"
	"thead{position:absolute;clip-path:inset(50%);width:1px;height:1px;"
	"overflow:hidden}table,tbody,tr,tbody th,td,td.s{display:block;min-width:0}tbody tr{"
	"padding:.55rem .75rem}tbody tr+tr{border-top:1px solid var(--line)}tbody tr+tr>*{"
	"border-top:0}tbody tr>*{padding:.08rem 0}tbody td[data-t]{display:flex;gap:1rem;"
	"justify-content:space-between;text-align:right;white-space:normal;overflow-wrap:anywhere}"
	"td[data-t]::before{content:attr(data-t);color:var(--soft);font-size:.86rem;"
	"text-align:left;flex:none;max-width:45%}td.s div{flex:1}td.s span{display:inline}.runs td{"
	"overflow-wrap:anywhere}}\n",
	".printed{display:none}\n",
	"@media print{.printed{display:block}body:not(:has(details:not([open]))) "
	".printed{display:none}details.part:not([open]),main:not(:has(.part[open]))>.all,"
	"main:not(:has(.part[open]))>.intro{display:none}.i2{fill:#ddd}.s2{stroke:#ddd}@page{"
	"size:A4;margin:11mm 10mm}html{font-size:11px}:root{--bg:#fff;--card:#fff;--ink:#000;"
	"--soft:#444;--line:#bbb;--bar:#bcd;--mark:#025;--first:#0b5a8a;--second:#e08214}body{"
	"font-size:11px}header,main,footer{padding:0 1px;max-width:none}"
	"h1{font-size:1.7rem}.story{margin-top:.5rem}.story b{font-size:1.25rem}"
	".chart h2{font-size:.95rem}.chart svg{margin-top:.2rem}"
	".charts{columns:2;column-gap:.8rem;margin-top:1rem;padding-right:1px}.chart{padding:.6rem "
	".7rem;margin-bottom:.8rem}.story li{"
	"padding:.18rem 0;line-height:1.35}.story span{max-width:none}th,td{padding:.1rem "
	".4rem;line-height:1.3}.many table{"
	"font-size:.82rem}.many td.s i,.many td.s span,.many thead th{font-size:.76rem}"
	".many th,.many td{padding:.15rem .25rem}td.s,td.t{min-width:0}table{font-size:.86rem}"
	"h3{font-size:.95rem}.note{font-size:.78rem;line-height:1.3}.remarks{font-size:.8rem;"
	"padding:.3rem .6rem .3rem 1.5rem}.remarks li{padding:0}.wide th,.wide td{"
	"padding:.1rem .3rem}.tables{display:block;columns:2;column-gap:1.6rem}.table{"
	"margin-bottom:.7rem}.table.wide{column-span:all}tbody th{min-width:6rem}td.s u{"
	"height:.3rem;margin-top:.1rem}td.s i,td.s span{font-size:.72rem}td.s span{"
	"display:inline;margin-left:.4em}.many td.s span{display:none}.many td.s i{"
	"display:none}.many .note::after{"
	"content:' Intervals: on the screen and in report.json.'}.many tbody th{min-width:7rem}"
	"td.s{line-height:1.2}.table:not(.wide){break-inside:avoid}thead{"
	"display:table-header-group}.wide:not(.many) tbody th{min-width:14rem}"
	".wide:not(.many) td.s{min-width:12.5rem}.wide td.t:not(:last-child){min-width:0;"
	"white-space:nowrap}.part[open]{padding-bottom:.4rem}.part>summary{padding:.3rem 0}"
	".part>summary small{display:none}.all{margin-top:1rem}.many tbody th{min-width:0}tr,"
	"figure,li{break-inside:avoid}.figures{grid-template-columns:repeat(5,1fr);gap:6px}"
	".figures li{padding:3px 6px}.figures b{font-size:15px}h2,h3,.note,.intro,summary{"
	"break-after:avoid}footer{margin-top:1.5rem;padding:0}*{print-color-adjust:exact;"
	"-webkit-print-color-adjust:exact}}\n",
	NULL,
};
