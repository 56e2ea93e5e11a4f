//! `cargo bench`: the core without wasm, beside `serde_json` on the same bytes.
//!
//! A stopwatch of its own instead of a framework: all contenders take turns in rounds, as in `npm run bench`, so that what slows the machine
//! slows all of them. `-- --json` prints every sample; `-- --input 2k` chooses an input; `-- --quick` takes fewer rounds.
//! `-- --count CONTENDER --input NAME --times N` runs one contender so many times and nothing else: `benches/instructions.js` has it
//! counted by callgrind.

// A benchmark that cannot go on ends, with its place.
#![allow(clippy::expect_used, clippy::panic)]

#[path = "native/typed.rs"]
mod typed;

use mindhook::json::Limits;
use mindhook::payload;
use serde::de::IgnoredAny;
use serde_json::{Value, json};
use std::fs;
use std::hint::black_box;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const INPUTS: [&str; 6] = ["2k", "9k", "40k", "60k", "220k", "10m"];

struct Contender {
    name: &'static str,
    title: &'static str,
    run: fn(&[u8]),
}

const CONTENDERS: [Contender; 4] = [
    Contender {
        name: "mindhook",
        title: "mindhook",
        run: |bytes| {
            let outline = payload::read(bytes, Limits::default());
            assert!(!black_box(outline).is_empty(), "the input is refused");
        },
    },
    Contender {
        name: "ignored",
        title: "serde_json, syntax only (IgnoredAny)",
        run: |bytes| {
            black_box(serde_json::from_slice::<IgnoredAny>(bytes).expect("JSON"));
        },
    },
    Contender {
        name: "typed",
        title: "serde_json, typed structs",
        run: |bytes| {
            black_box(serde_json::from_slice::<typed::Response>(bytes).expect("a response"));
        },
    },
    Contender {
        name: "value",
        title: "serde_json, Value",
        run: |bytes| {
            black_box(serde_json::from_slice::<Value>(bytes).expect("JSON"));
        },
    },
];

/// What the command line asks for. Cargo adds `--bench`, which says nothing here.
#[derive(Default)]
struct Options {
    json: bool,
    quick: bool,
    input: Option<String>,
    count: Option<String>,
    times: usize,
}

fn options() -> Options {
    let mut options = Options::default();
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut value = || args.next().unwrap_or_else(|| panic!("{arg} needs a value"));
        match arg.as_str() {
            "--json" => options.json = true,
            "--quick" => options.quick = true,
            "--input" => options.input = Some(value()),
            "--count" => options.count = Some(value()),
            "--times" => options.times = value().parse().expect("--times: a number"),
            _ => {}
        }
    }
    options
}

fn main() {
    let options = options();
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/bench/inputs");
    let read = |input: &str| fs::read(folder.join(format!("{input}.json"))).expect("an input");
    if let (Some(name), Some(input)) = (&options.count, &options.input) {
        let contender = CONTENDERS.iter().find(|contender| contender.name == name).expect("a contender");
        let bytes = read(input);
        for _ in 0..options.times {
            (contender.run)(black_box(&bytes));
        }
        return;
    }
    // The same bytes as for JavaScript, by the same program.
    let maker = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("benches/inputs.js");
    let made = Command::new("node").arg(maker).arg(&folder).stdin(Stdio::null()).status();
    assert!(made.expect("`node` makes the inputs: Node.js is needed").success(), "benches/inputs.js failed");
    for input in INPUTS.iter().filter(|input| options.input.as_ref().is_none_or(|chosen| chosen == *input)) {
        let bytes = read(input);
        let samples = measure(&bytes, options.quick);
        if options.json { print_json(&bytes, &samples) } else { print_table(input, &bytes, &samples) }
    }
}

/// Milliseconds of one call, for each contender, one number a round.
fn measure(bytes: &[u8], quick: bool) -> Vec<Vec<f64>> {
    const SAMPLE: Duration = Duration::from_millis(2);
    let warm_up = Duration::from_millis(if quick { 20 } else { 200 });
    let (budget, least_rounds) = if quick { (Duration::from_millis(200), 5) } else { (Duration::from_secs(4), 25) };
    let calls = CONTENDERS.map(|contender| {
        let (begin, mut calls) = (Instant::now(), 0_u32);
        while calls == 0 || begin.elapsed() < warm_up {
            (contender.run)(black_box(bytes));
            calls += 1;
        }
        SAMPLE.div_duration_f64(begin.elapsed() / calls).ceil().max(1.0) as u32
    });
    let mut samples = vec![Vec::new(); CONTENDERS.len()];
    let begin = Instant::now();
    let mut round = 0;
    while round < least_rounds || begin.elapsed() < budget {
        for turn in 0..CONTENDERS.len() {
            // Another one begins each round.
            let index = (turn + round) % CONTENDERS.len();
            let begin = Instant::now();
            for _ in 0..calls[index] {
                (CONTENDERS[index].run)(black_box(bytes));
            }
            samples[index].push(begin.elapsed().as_secs_f64() * 1000.0 / f64::from(calls[index]));
        }
        round += 1;
    }
    samples
}

fn print_json(bytes: &[u8], samples: &[Vec<f64>]) {
    let of = |value: fn(&Contender, &[f64]) -> Value| {
        let entries = CONTENDERS.iter().zip(samples).map(|(contender, times)| (contender.name.into(), value(contender, times)));
        Value::Object(entries.collect())
    };
    let times = of(|_, times| json!(times));
    let titles = of(|contender, _| json!(contender.title));
    println!("{}", json!({"bytes": bytes.len(), "times": times, "titles": titles}));
}

fn print_table(input: &str, bytes: &[u8], samples: &[Vec<f64>]) {
    println!("{input}: {} bytes, {} rounds", bytes.len(), samples[0].len());
    for (contender, times) in CONTENDERS.iter().zip(samples) {
        let ratios = times.iter().zip(&samples[0]).map(|(time, own)| time / own).collect();
        let megabytes_per_second = bytes.len() as f64 / 1000.0 / median(times.clone());
        println!(
            "  {:<38} {:>10.2} µs {:>7.0} MB/s {:>6.2}×",
            contender.title,
            median(times.clone()) * 1000.0,
            megabytes_per_second,
            median(ratios)
        );
    }
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}
