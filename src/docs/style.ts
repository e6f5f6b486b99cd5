/** The stylesheet of the documentation page. */
export const STYLE = `
:root{color-scheme:light dark;--line:color-mix(in srgb,currentColor 15%,transparent);--soft:color-mix(in srgb,currentColor 65%,transparent)}
*{box-sizing:border-box}
body{margin:0;font:15px/1.55 system-ui,sans-serif;display:grid;grid-template-columns:17rem minmax(0,1fr)}
nav{position:sticky;top:0;height:100vh;overflow:auto;padding:1.25rem;border-right:1px solid var(--line);font-size:.875rem}
nav .title{font-weight:700;font-size:1.05rem}
nav h2{font-size:.75rem;letter-spacing:.04em;text-transform:uppercase;color:var(--soft);margin:1.1rem 0 .3rem}
nav ul{list-style:none;margin:0;padding:0}
nav li{margin:.15rem 0}
a{color:inherit;text-decoration-color:var(--soft)}
nav a{text-decoration:none}
nav a:hover,nav a:focus-visible{text-decoration:underline}
main{padding:2rem clamp(1rem,4vw,3.5rem);max-width:60rem}
section{border-top:1px solid var(--line);margin-top:2.5rem;padding-top:.5rem}
h1{font-size:1.7rem;margin:0 0 1rem}
h2{font-size:1.2rem}
h4{margin:1.1rem 0 .35rem;font-size:.85rem;color:var(--soft)}
code{font:.86em ui-monospace,monospace;background:color-mix(in srgb,currentColor 7%,transparent);padding:.1em .3em;border-radius:4px;overflow-wrap:anywhere}
.route code{font-size:.95em}
.scope{font-size:.75rem;border:1px solid var(--line);border-radius:99px;padding:.1rem .5rem;margin-left:.3rem;white-space:nowrap}
table{border-collapse:collapse;width:100%;font-size:.875rem}
th{text-align:left;color:var(--soft);font-weight:500}
td,th{padding:.35rem .6rem .35rem 0;border-bottom:1px solid var(--line);vertical-align:top}
td i{color:var(--soft);font-size:.8em}
.type{color:var(--soft)}
dl{display:grid;grid-template-columns:3rem 1fr;gap:.3rem .5rem;margin:0;font-size:.875rem}
dt{font-weight:600}
dd{margin:0}
:target{scroll-margin-top:1rem;outline:2px solid color-mix(in srgb,currentColor 30%,transparent);outline-offset:.4rem}
@media (max-width:50rem){body{display:block}nav{position:static;height:auto;border:0}}
`
