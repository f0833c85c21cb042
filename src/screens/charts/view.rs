//! How the page is drawn: the ranges, what is being read, the charts in a grid.

use super::marks::{ChartMark, marks};
use super::panel::{DEFS, Def, Panel};
use super::{Charts, RANGE_LIST};
use crate::command::Command;
use crate::domain::{ServiceKey, SignalSource, Signals, short_duration};
use crate::screens::Ctx;
use crate::screens::pages::no_signals;
use crate::signals::chart::{Chart, RANGES};
use crate::ui::{Hit, Level, Pen, Plot, PlotLine, PlotMark, Role, Sign, width};
use ratatui::layout::Rect;
use ratatui::text::Line;

/// Rows above the charts: the ranges, and what is being read.
const HEAD: u16 = 2;

/// The least rows of a chart: its title, five of lines, two of time.
const LEAST_ROWS: u16 = 8;

/// From this width on two charts stand side by side, each with 100 dots and more.
const SIDE_BY_SIDE: u16 = 110;

impl Charts {
    pub(super) fn draw_all(&self, pen: &mut Pen<'_>, area: Rect, ctx: &Ctx<'_>) {
        let inner = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
        let Some(key) = &self.key else { return };
        let Some(signals) = self.signals(ctx) else {
            pen.empty(inner, Role::Dim, &no_signals(key, ctx), "Charts begin with the first numbers.");
            return;
        };
        self.draw_ranges(pen, Rect { height: inner.height.min(1), ..inner }, signals);
        let marks = self.marks(key, ctx);
        if inner.height > 1 {
            self.draw_reading(pen, Rect { y: inner.y + 1, height: 1, ..inner }, (signals, &marks), ctx);
        }
        let rest =
            Rect { y: inner.y + HEAD.min(inner.height), height: inner.height.saturating_sub(HEAD), ..inner };
        self.draw_grid(pen, rest, &marks, ctx);
    }

    fn marks(&self, key: &ServiceKey, ctx: &Ctx<'_>) -> Vec<ChartMark> {
        let span = self.range().length_ms();
        let end = self.steps().map_or(ctx.now.wall.as_millisecond(), |(_, end, _)| end);
        // What happened since the newest step stands in its column.
        let mut marks = marks(key, (end - span, ctx.now.wall.as_millisecond()), ctx);
        for mark in &mut marks {
            mark.at_ms = mark.at_ms.min(end);
        }
        marks
    }

    fn draw_ranges(&self, pen: &mut Pen<'_>, row: Rect, signals: &Signals) {
        if row.is_empty() {
            return;
        }
        let mut x = row.x;
        for (index, range) in RANGES.iter().enumerate() {
            let text = format!(" {} ", range.word);
            let role = if index == self.range { Role::Selected } else { Role::Dim };
            let used = pen.put(x, row.y, row.right().saturating_sub(x), &text, role);
            pen.hits.add(Rect { x, width: used, ..row }, Hit::Row(RANGE_LIST, index.to_string()));
            x += used;
        }
        let (closer, wider) = (pen.keymap.key(Command::Closer), pen.keymap.key(Command::Wider));
        let keys = format!("  {closer} closer  {wider} wider");
        x += pen.put(x, row.y, row.right().saturating_sub(x), &keys, Role::Dim);
        let source = match &signals.source {
            SignalSource::Scraper => "read from the pods".to_owned(),
            SignalSource::Prometheus(name) => format!("asked of {name}"),
        };
        let window = self.panels.iter().find_map(|panel| Some(panel.chart.as_ref()?.window));
        let step = short_duration(self.range().step);
        let how = match window {
            Some(window) => format!("{} means every {step}, {source}", short_duration(window)),
            None => source,
        };
        let wide = u16::try_from(width(&how)).unwrap_or(u16::MAX);
        if x + 2 + wide <= row.right() {
            pen.put(row.right() - wide, row.y, wide, &how, Role::Dim);
        }
    }

    fn draw_grid(&self, pen: &mut Pen<'_>, area: Rect, marks: &[ChartMark], ctx: &Ctx<'_>) {
        if area.is_empty() {
            return;
        }
        let across = if pen.glyphs.side_by_side(area.width, SIDE_BY_SIDE) { 2 } else { 1 };
        let rows = DEFS.len().div_ceil(across);
        let shown = usize::from(area.height / LEAST_ROWS).clamp(1, rows);
        let top = self.first_row(self.focus / across, shown, rows);
        let height = area.height / u16::try_from(shown).unwrap_or(1);
        let drawn: Vec<PlotMark> = marks.iter().map(|mark| mark.drawn(pen.glyphs.ascii)).collect();
        let wide = area.width / u16::try_from(across).unwrap_or(1);
        let place = |index: usize| {
            let row = (index / across).checked_sub(top).filter(|row| *row < shown)?;
            Some(Rect {
                x: area.x + wide * u16::try_from(index % across).unwrap_or(0),
                y: area.y + height * u16::try_from(row).unwrap_or(0),
                width: wide.saturating_sub(1),
                height,
            })
        };
        for (index, (panel, def)) in self.panels.iter().zip(&DEFS).enumerate() {
            if let Some(place) = place(index) {
                self.draw_panel(pen, place, (index, panel, def), &drawn, ctx);
            }
        }
        let free = place(DEFS.len()).filter(|_| !DEFS.len().is_multiple_of(across));
        if let (Some(place), Some(chart)) = (free, self.newest()) {
            self.draw_happened(pen, place, (chart, marks), ctx);
        }
        let whole = Rect { width: area.width + 1, ..area };
        let lines = |rows: usize| rows * usize::from(height);
        pen.scrollbar(
            Rect { height: height * u16::try_from(shown).unwrap_or(1), ..whole },
            lines(rows),
            lines(top),
        );
    }

    /// The first row of charts shown, so that the one with the keys is in sight.
    fn first_row(&self, focus: usize, shown: usize, rows: usize) -> usize {
        let top = self.top.get().min(rows.saturating_sub(shown));
        let top = top.clamp((focus + 1).saturating_sub(shown), focus);
        self.top.set(top);
        top
    }

    fn draw_panel(
        &self,
        pen: &mut Pen<'_>,
        area: Rect,
        (index, panel, def): (usize, &Panel, &Def),
        marks: &[PlotMark],
        ctx: &Ctx<'_>,
    ) {
        let list = u8::try_from(index).unwrap_or(0);
        pen.hits.add(area, Hit::Panel(list));
        let levels = self.levels(def, ctx);
        let title = self.title(pen, (panel, def, &levels), ctx);
        let role = if index == self.focus { Role::BorderFocus } else { Role::Border };
        pen.rule(Rect { height: area.height.min(1), ..area }, &title, role);
        let plot = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
        let uses = self.signals(ctx).is_some_and(|signals| signals.usage.is_some());
        let Some(chart) = &panel.chart else {
            let (role, text) = match &panel.why {
                Some(why) => (Role::Warn, format!("{} cannot be read: {why}", def.title)),
                None if def.kind.is_usage() && !uses => {
                    (Role::Unknown, "No pod offers process metrics, and nobody asks the kubelet.".to_owned())
                }
                None => (Role::Dim, "Being read…".to_owned()),
            };
            pen.empty(plot, role, &text, "");
            return;
        };
        let look = |n: usize| def.looks.get(n).copied().unwrap_or((Role::Text, '*'));
        let lines: Vec<PlotLine<'_>> = chart
            .lines
            .iter()
            .enumerate()
            .map(|(n, line)| PlotLine { values: &line.values, role: look(n).0, ascii: look(n).1 })
            .collect();
        let levels: Vec<Level> = levels.into_iter().filter_map(|(level, _)| level).collect();
        let drawn = Plot {
            start_ms: chart.start_ms,
            step_ms: chart.step_ms,
            end_ms: chart.end_ms(),
            span_ms: self.range().length_ms(),
            lines: &lines,
            levels: &levels,
            marks,
            cursor: self.cursor,
            top: panel.top.unwrap_or(def.scale.least),
            label: def.axis,
            zone: ctx.zone,
        };
        if let Some(column_ms) = drawn.draw(pen, plot, list) {
            self.column_ms.set(column_ms);
        }
        if !chart.seen.contains(&true) && plot.height > 3 {
            let window = short_duration(chart.window);
            let text = format!("not yet {window} of samples in these {}", self.range().word);
            pen.put(
                plot.x + 10,
                plot.y + plot.height / 2 - 1,
                plot.width.saturating_sub(10),
                &text,
                Role::Unknown,
            );
        }
    }

    /// What the chart is of, the values that are read, and what is wrong.
    fn title(
        &self,
        pen: &Pen<'_>,
        (panel, def, levels): (&Panel, &Def, &[(Option<Level>, String)]),
        ctx: &Ctx<'_>,
    ) -> Line<'static> {
        let brush = pen.brush();
        let mut spans = vec![brush.span(Role::Title, def.title)];
        let Some(chart) = &panel.chart else { return Line::from(spans) };
        for ((role, sign), line) in def.looks.iter().zip(&chart.lines) {
            let ascii = if brush.glyphs.ascii { format!("{sign} ") } else { String::new() };
            let name =
                if chart.lines.len() > 1 { format!("  {ascii}{} ", line.name) } else { "  ".to_owned() };
            spans.push(brush.span(*role, name));
            spans.push(match self.value(chart, &line.values, def) {
                Ok(value) => brush.span(Role::Strong, (def.form)(value)),
                Err(why) => brush.span(Role::Unknown, why),
            });
        }
        for (level, words) in levels {
            let role = level.map_or(Role::Unknown, |level| level.role);
            spans.push(brush.span(role, format!("  {words}")));
        }
        if let Some(why) = &panel.why {
            let age = ctx.age(jiff::Timestamp::from_millisecond(chart.end_ms()).ok());
            let text = format!("  {} {age} old: {why}", brush.sign(Sign::Warn));
            spans.push(brush.span(Role::Warn, text));
        }
        Line::from(spans)
    }

    /// The value that is read, or why there is none.
    fn value(&self, chart: &Chart, values: &[Option<f64>], def: &Def) -> Result<f64, &'static str> {
        let at = self.cursor.unwrap_or_else(|| chart.end_ms());
        let index = chart.index(at).ok_or("no samples")?;
        let seen = chart.seen.get(index).copied().unwrap_or(false);
        let value = values.get(index).copied().flatten();
        value.ok_or(if seen { def.idle } else { "no samples" })
    }
}
