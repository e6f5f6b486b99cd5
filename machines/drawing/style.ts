/** Colours for light and dark; no sign depends on its colour alone. Nothing is smaller than 11 px. */
export const STYLE = `
.statechart{--ground:#ffffff;--lane:#f6f8fa;--frame:#8c959f14;--edge:#d1d9e0;--box:#ffffff;--line:#6e7781;--ink:#1f2328;--soft:#57606a;
--closed:#ffebe9;--closed-ink:#a40e26;--closed-edge:#ff8182;--perhaps-ink:#7d4e00;--perhaps-edge:#bf8700;--lit:#ddf4ff;--lit-edge:#0969da}
@media (prefers-color-scheme:dark){.statechart{--ground:#0d1117;--lane:#151b23;--frame:#8c959f14;--edge:#3d444d;--box:#0d1117;--line:#9198a1;--ink:#f0f6fc;--soft:#9198a1;
--closed:#4c1419;--closed-ink:#ffc1ba;--closed-edge:#b62324;--perhaps-ink:#eac54f;--perhaps-edge:#9e6a03;--lit:#0c2d6b;--lit-edge:#58a6ff}}
.statechart .ground{fill:var(--ground)}
.statechart .lane{fill:var(--lane);stroke:var(--edge)}
.statechart .frame{fill:var(--frame);stroke:var(--line);stroke-dasharray:2 3}
.statechart .state{fill:var(--box);stroke:var(--line)}
.statechart .active{fill:var(--lit);stroke:var(--lit-edge);stroke-width:2.5}
.statechart .dot{fill:var(--lit-edge)}
.statechart .line path{fill:none;stroke:var(--line);stroke-width:1.3}
.statechart .line polygon{fill:var(--line)}
.statechart .came path{stroke:var(--lit-edge);stroke-width:3}
.statechart .came polygon{fill:var(--lit-edge)}
.statechart .jump path{stroke-dasharray:7 5}
.statechart text{font:11px -apple-system,"Segoe UI",Helvetica,Arial,"Liberation Sans",sans-serif;fill:var(--ink)}
.statechart .region{font-size:15px;font-weight:700}
.statechart .name{font-size:13px;font-weight:600}
.statechart .code,.statechart .note,.statechart .takes{fill:var(--soft)}
.statechart .end{text-anchor:end}
.statechart .gate{text-anchor:middle;font-weight:600}
.statechart .chip.always{fill:var(--closed);stroke:var(--closed-edge)}
.statechart .gate.always{fill:var(--closed-ink)}
.statechart .chip.perhaps{fill:none;stroke:var(--perhaps-edge);stroke-dasharray:3 2}
.statechart .gate.perhaps{fill:var(--perhaps-ink)}
`
