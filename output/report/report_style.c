/*
 * report_style.c - the style sheet of report.html. System fonts, one accent, colours that keep a
 * contrast of 4.5:1 for text on both grounds and differ in lightness too, for those who do not see
 * the hues.
 */
#include "output/report/report_style.h"

#include <stddef.h>

const char *const report_style[] = {
	":root{--bg:#fbfbf9;--card:#fff;--ink:#1c2126;--soft:#5a636c;--line:#dfe2e4;"
	"--accent:#0b5a8a;--bar:#a9c9de;--mark:#0b5a8a;--good:#2b7d55;--mid:#5b93bd;"
	"--grey:#a3a9ae;--bad:#b3362b;--unsure:#cf9a35;--shade:#1c212633;color-scheme:light "
	"dark}\n",
	"@media (prefers-color-scheme:dark){:root{--bg:#14181b;--card:#1b2024;--ink:#e7eaec;"
	"--soft:#a2abb3;--line:#30373d;--accent:#7cc0ea;--bar:#2f5069;--mark:#9fd0f0;"
	"--good:#4faf80;--mid:#4f86b0;--grey:#6d757c;--bad:#e0695c;--unsure:#d9a94d;--shade:#000b}}"
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
	"nav{position:sticky;top:0;z-index:2;margin-top:1.2rem;background:var(--bg);"
	"border-bottom:1px solid var(--line)}\n",
	"nav ul{max-width:76rem;margin:0 auto;padding:0 1.5rem;display:flex;gap:1.4rem;"
	"list-style:none;overflow-x:auto;white-space:nowrap;scrollbar-width:none}\n",
	"nav a{display:block;padding:.6rem 0;color:var(--soft);text-decoration:none;"
	"font-size:.92rem}nav a:hover,nav a:focus-visible{color:var(--accent);"
	"text-decoration:underline}\n",
	".figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(12.5rem,1fr));"
	"gap:.9rem;margin:1.6rem 0 .8rem}\n",
	".figure{display:flex;flex-direction:column;padding:1rem 1.1rem;"
	"background:var(--card);border:1px solid var(--line);border-top:4px solid "
	"var(--accent);border-radius:6px;color:inherit;text-decoration:none}\n",
	".figure:hover,.figure:focus-visible{border-color:var(--accent)}\n",
	".figure b{order:-1;font-size:2rem;line-height:1.15;letter-spacing:-.02em}.figure "
	"span{font-weight:600}.figure .ci{font-weight:400;white-space:nowrap}.figure "
	"small{margin-top:.35rem;color:var(--soft);"
	"line-height:1.4}\n",
	".figure.good{border-top-color:var(--good)}.figure.bad{border-top-color:var(--bad)}"
	".figure.unsure{border-top-color:var(--unsure)}\n",
	".legendline,.intro,.note{color:var(--soft);max-width:48rem}.legendline{"
	"font-size:.88rem;margin:.4rem 0 0}.intro{margin:.1rem 0 .8rem}.note{margin:.15rem 0 "
	".3rem;font-size:.84rem;line-height:1.4}\n",
	".part{margin-top:3rem;padding-top:1.4rem;border-top:1px solid var(--line)}\n",
	".tables{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,33rem),"
	"1fr));gap:2rem 2.2rem;margin-top:1.2rem}\n",
	".table{min-width:0;display:flex;flex-direction:column}.table.wide{grid-column:1/-1}\n",
	/* Shadows at the edges behind which there is more: covers that scroll along hide them. */
	".scroll{overflow:auto;margin-top:.35rem;border:1px solid var(--line);"
	"border-radius:6px;background:linear-gradient(90deg,transparent,var(--card) 70%) 100% "
	"0/3rem 100% no-repeat local,linear-gradient(transparent,var(--card) 70%) 0 100%/100% "
	"3rem no-repeat local,linear-gradient(270deg,var(--shade),transparent) 100% 0/1.1rem "
	"100% no-repeat scroll,linear-gradient(0deg,var(--shade),transparent) 0 100%/100% "
	"1.1rem no-repeat scroll,var(--card)}.tall{max-height:31rem}\n",
	":focus-visible{outline:2px solid var(--accent);outline-offset:2px}\n",
	"table{border-collapse:collapse;width:100%;font-size:.9rem}\n",
	"th,td{padding:.42rem .75rem;text-align:left;vertical-align:top}\n",
	"thead th{position:sticky;top:0;z-index:1;background:var(--card);color:var(--soft);"
	"font-weight:500;font-size:.82rem;white-space:nowrap;box-shadow:inset 0 -1px "
	"var(--line)}\n",
	"tbody tr+tr>*{border-top:1px solid var(--line)}\n",
	"tbody "
	"th{font-weight:500;overflow-wrap:anywhere;min-width:8rem;position:sticky;left:0;"
	"background:var(--card)}\n",
	"th.n,td.n{text-align:right;white-space:nowrap}td.t{min-width:6rem}\n",
	"td.s{min-width:11rem;white-space:nowrap}td.s b{font-weight:600}td.s i{margin-left:.3em;"
	"color:var(--soft);font-style:normal;font-size:.8rem;white-space:nowrap}\n",
	"td.s span{display:block;color:var(--soft);font-size:.8rem;line-height:1.3;"
	"white-space:nowrap}\n",
	"td.s u{display:block;position:relative;height:.5rem;margin-top:.25rem;"
	"background:linear-gradient(var(--bar),var(--bar)) 0 0/var(--p) 100% no-repeat}\n",
	"td.s u::after{content:'';position:absolute;top:calc(50% - .5px);left:var(--l);"
	"width:calc(var(--h) - var(--l));height:1px;background:var(--mark)}\n",
	/* Many columns: the interval below its share, headings on two lines. */
	".many td.s i{display:block;margin:0;line-height:1.3}.many td.s{min-width:5.6rem}"
	".many thead th{white-space:normal;vertical-align:bottom;line-height:1.25}"
	".many th,.many td{padding-left:.55rem;padding-right:.55rem}.many tbody th{"
	"min-width:6.5rem}\n",
	".none{color:var(--soft)}\n",
	"figure{margin:1rem 0 0}figcaption{margin-top:.4rem;color:var(--soft);"
	"font-size:.86rem}\n",
	".stack svg{display:block;width:100%;height:2.6rem}.chart svg{display:block;"
	"width:100%;height:auto;background:var(--card);border:1px solid var(--line);"
	"border-radius:6px}\n",
	".legend{display:flex;flex-wrap:wrap;gap:.2rem 1.4rem;margin:.5rem 0 0;padding:0;"
	"list-style:none;color:var(--ink);font-size:.9rem}\n",
	".key{display:inline-block;width:.75em;height:.75em;margin-right:.45em;"
	"border-radius:2px}\n",
	".c-good{fill:var(--good);background:var(--good)}.c-soft{fill:var(--mid);"
	"background:var(--mid)}.c-grey{fill:var(--grey);background:var(--grey)}.c-bad{"
	"fill:var(--bad);background:var(--bad)}.c-unsure{fill:var(--unsure);"
	"background:var(--unsure)}\n",
	".grid{stroke:var(--line);fill:none}.chart text{fill:var(--soft);font-size:13px}.end{"
	"text-anchor:end}.mid{text-anchor:middle}.band{fill:var(--bar);opacity:.6}.line{"
	"fill:none;stroke:var(--mark);stroke-width:2;stroke-linejoin:round}\n",
	"time{white-space:nowrap}footer{margin-top:4rem;padding-bottom:3rem;color:var(--soft);font-"
	"size:.86rem}\n",
	"@media (max-width:40rem){header,main,footer,nav ul{padding-left:1rem;"
	"padding-right:1rem}th,td{padding:.38rem .55rem}.figures{grid-template-columns:1fr "
	"1fr}.figure b{font-size:1.55rem}td.s i{display:block;margin:0;line-height:1.3}"
	"td.s{min-width:7rem}.chart{overflow-x:auto}.chart "
	"svg{width:44rem;max-width:none}time{display:block}}\n",
	"@media print{@page{margin:14mm 12mm}html{font-size:11px}:root{--bg:#fff;--card:#fff;"
	"--ink:#000;--soft:#444;--line:#bbb;--bar:#bcd;--mark:#025}body{font-size:11.5px}nav{"
	"display:none}header,main,footer{padding:0}.scroll,.tall{max-height:none;overflow:visible;"
	"border:0;background:none}.tables{display:block}.table{margin-top:1.2rem}.part{"
	"margin-top:1.8rem}th,td{padding:.25rem .5rem}.figure{padding:.6rem .7rem}.figures{"
	"grid-template-columns:repeat(5,1fr)}.figure b{font-size:1.6rem}td.t{min-width:11rem}"
	"td.s{min-width:8rem}.many table{font-size:.82rem}.many td.s i,.many td.s span,.many "
	"thead th{font-size:.76rem}.many td.s,.many tbody th{min-width:0}.many th,.many td{"
	"padding:.2rem .3rem}tbody th{overflow-wrap:normal;word-break:normal}tr,figure,.figure{"
	"break-inside:avoid}h2,h3,.note,.intro{break-after:avoid}thead th,tbody th{"
	"position:static}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}\n",
	NULL,
};
