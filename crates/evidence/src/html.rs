//! The report as one page of HTML that prints well and loads nothing.

use crate::judgement::{Judgement, Verdict};
use crate::link::LinkJudgement;
use crate::words::{Section, headline, printable, sections};

const STYLE: &str = "body{font:16px/1.5 Georgia,serif;max-width:46rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;\
background:#fff;overflow-wrap:anywhere}h1{font-size:1.6rem;margin:0}h2{font-size:1.1rem;margin:1.6rem 0 .3rem}\
.file{color:#555;margin:.2rem 0 1rem}.verdict{border-left:.4rem solid;padding:.6rem 1rem;font-weight:bold}\
.holds{border-color:#1b7f3b;background:#eef7f0}.part{border-color:#9a6700;background:#fdf6e3}\
.broken{border-color:#b3261e;background:#fbeceb}ul{margin:.2rem 0;padding-left:1.2rem}li{margin:.2rem 0}\
@media print{body{margin:0;max-width:none}}";

/// The report as HTML, `file` being the name by which the reader knows the recording.
pub fn html_report(file: &str, judgement: &Judgement, links: &[LinkJudgement]) -> String {
    let class = match judgement.verdict {
        Verdict::Holds => "holds",
        Verdict::HoldsInPart | Verdict::NotSigned => "part",
        Verdict::Broken => "broken",
    };
    let file = escaped(&printable(file));
    let mut html = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>Verification report: {file}</title>\n<style>{STYLE}</style></head>\n<body><main>\n\
         <h1>Verification report</h1>\n<p class=\"file\">{file}</p>\n<p class=\"verdict {class}\">{}</p>\n",
        escaped(headline(judgement.verdict))
    );
    for Section { title, sentences } in sections(judgement, links) {
        html += &format!("<h2>{}</h2>\n<ul>\n", escaped(title));
        for sentence in sentences {
            html += &format!("<li>{}</li>\n", escaped(&sentence));
        }
        html += "</ul>\n";
    }
    html + "</main></body></html>\n"
}

/// A text as it stands in HTML, in an attribute too. Texts come from recorded machines: nothing in them may become markup.
pub fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\'' => escaped += "&#39;",
            other => escaped.push(other),
        }
    }
    escaped
}
