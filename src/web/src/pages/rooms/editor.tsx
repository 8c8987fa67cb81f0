import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { api, ask, HubError } from "../../api/http";
import type { Problem, RoomView } from "../../api/types";
import { words } from "../../i18n";
import { checkOf } from "../../i18n/say";
import { commandRoom, lastOf } from "../../live/commands";
import { Button } from "../../parts/button";
import { Card, Empty } from "../../parts/card";
import { Icon } from "../../parts/icon";
import { State } from "../../parts/state";
import { Outcome } from "../../parts/verdict";
import { to } from "../../router";
import { minute } from "../../time";
import { Title } from "../title";
import { draftOf, dropDraft, keepDraft, peekDraft } from "./drafts";
import { Graph } from "./graph";
import type { Drawing } from "./layout";
import { blank, graphOfText, lineOfState } from "./scene-text";
import { Conflict, Versions, type Theirs } from "./versions";
import { whyNot } from "./view";

const CHECK_AFTER_MS = 250;

interface File {
  text: string;
  tag: string | null;
}

/** Null while it is not loaded; an empty file where there is none. */
function useFile(room: string, name: string): [File | null, (file: File) => void, string | null] {
  const [file, setFile] = useState<File | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    const gone = new AbortController();
    ask(api("rooms", room, "scenes", name), { signal: gone.signal }).then(async answer => ({ text: await answer.text(), tag: answer.headers.get("ETag") })).then(
      setFile,
      (e: unknown) => {
        if (gone.signal.aborted) return;
        if (e instanceof HubError && e.status === 404) setFile({ text: blank(room, name), tag: null });
        else setProblem(e instanceof HubError ? e.message : words.value.shell.hubGone);
      });
    return () => gone.abort();
  }, [room, name]);
  return [file, setFile, problem];
}

/** What the hub's check says of a text, a moment after the last key. Null: not known yet. */
function useCheck(room: string, text: string | null): Problem[] | null {
  const [found, setFound] = useState<{ text: string; problems: Problem[] } | null>(null);
  useEffect(() => {
    if (text === null) return;
    const gone = new AbortController();
    const timer = setTimeout(() => {
      ask(api("rooms", room, "check"), { method: "POST", headers: { "Content-Type": "application/json" }, body: text, signal: gone.signal })
        .then(async answer => setFound({ text, problems: ((await answer.json()) as { problems: Problem[] }).problems }))
        .catch(() => {}); // not checked: shown as such
    }, CHECK_AFTER_MS);
    return () => {
      clearTimeout(timer);
      gone.abort();
    };
  }, [room, text]);
  return found !== null && found.text === text ? found.problems : null;
}

export function Editor({ room, name }: { room: RoomView; name: string }) {
  const w = words.value.rooms;
  const [file, setFile, loadProblem] = useFile(room.room, name);
  const [said, setSaid] = useState<{ ok: boolean; text: string } | null>(null);
  const [saving, setSaving] = useState(false);
  const [theirs, setTheirs] = useState<Theirs | null>(null);
  const draft = draftOf(room.room, name);
  const [earlier, setEarlier] = useState(draft?.at ?? null); // when one looked at another page meanwhile
  const text = draft?.text ?? file?.text ?? null;
  const problems = useCheck(room.room, text);
  const graph = useMemo(() => (text === null ? null : graphOfText(text)), [text]);
  const whole = useRef<Drawing | null>(null);
  whole.current = graph ?? whole.current ?? (file && graphOfText(file.text));
  const area = useRef<HTMLTextAreaElement>(null);
  const dirty = draft !== undefined && draft.text !== file?.text;
  const errors = problems?.filter(p => p.severity === "error").length ?? 0;

  const drop = (): void => {
    dropDraft(room.room, name);
    setEarlier(null);
  };
  const type = (t: string): void => {
    if (t === file?.text && (draft === undefined || draft.tag === file.tag)) drop();
    else keepDraft(room.room, name, t, draft ? draft.tag : file?.tag ?? null);
    setSaid(null);
  };

  const save = async (): Promise<void> => {
    if (text === null) return;
    setSaving(true);
    try {
      const headers: Record<string, string> = { "Content-Type": "application/json" };
      const tag = draft ? draft.tag : file?.tag ?? null;
      if (tag !== null) headers["If-Match"] = tag;
      else headers["If-None-Match"] = "*";
      const answer = await ask(api("rooms", room.room, "scenes", name), { method: "PUT", headers, body: text });
      const saved = { text, tag: answer.headers.get("ETag") };
      const newer = peekDraft(room.room, name);
      if (newer && newer.text !== text) keepDraft(room.room, name, newer.text, saved.tag); // typed while it was on its way
      else drop();
      setFile(saved);
      setSaid({ ok: true, text: w.saved });
    } catch (e) {
      setSaid({ ok: false, text: e instanceof HubError ? (e.status === 412 ? w.changedMeanwhile : e.message) : words.value.shell.hubGone });
      if (e instanceof HubError && e.status === 412) await ask(api("rooms", room.room, "scenes", name))
        .then(async answer => setTheirs({ text: await answer.text(), tag: answer.headers.get("ETag") }), () => {});
    }
    setSaving(false);
  };

  const go = (line: number): void => {
    const box = area.current;
    if (!box || text === null) return;
    const lines = text.split("\n");
    const from = lines.slice(0, line - 1).reduce((sum, l) => sum + l.length + 1, 0);
    box.focus();
    box.setSelectionRange(from, from + (lines[line - 1]?.length ?? 0));
    box.scrollTop = Math.max(0, (line - 4) * parseFloat(getComputedStyle(box).lineHeight));
  };

  const cannotSave = whyNot("edit_rooms") ?? (!dirty && file?.tag !== null ? w.nothingToSave : errors > 0 ? w.hasErrors : null);
  const last = lastOf(`room:${room.room}:scene:${name}`);
  const cannotRun = whyNot() ?? (dirty ? w.saveFirst : errors > 0 ? w.hasErrors : null);
  return (
    <div class="stack" id="editor" data-state={text === null ? "loading" : dirty ? "changed" : "saved"} data-checked={problems === null ? "no" : "yes"}>
      <Title text={name}><span class="quiet"><a href={to("rooms", room.room)}>{room.title || room.room}</a></span></Title>
      {loadProblem && <Empty>{loadProblem}</Empty>}
      {text !== null && <>
        <div class="row">
          <Button name="save" kind="primary" why={cannotSave} busy={saving} onPress={() => void save()}>{w.save}</Button>
          <Button name="undo" why={dirty ? null : w.nothingToSave} onPress={drop}>{w.undo}</Button>
          <Button name="run" shape="play" why={cannotRun} onPress={() => void commandRoom(room.room, "run", `room:${room.room}:scene:${name}`, w.run, { scene: name })}>{w.run}</Button>
          <Outcome asked={last} />
          <span role="status" id="saved">{said && <State tone={said.ok ? "ok" : "bad"}>{said.text}</State>}</span>
        </div>
        {theirs && <Conflict mine={text} theirs={theirs}
          onMine={() => { keepDraft(room.room, name, text, theirs.tag); setFile(theirs); setTheirs(null); setSaid(null); }}
          onTheirs={() => { setFile(theirs); drop(); setTheirs(null); setSaid(null); }} />}
        {dirty && earlier !== null && (
          <p class="banner warn" id="draft" role="status"><Icon shape="warn" /><span>{w.draftFrom(minute(earlier * 1000))}</span><Button small name="drop-draft" onPress={drop}>{w.dropDraft}</Button></p>
        )}
        <div class="editor">
          <TextArea text={text} area={area} problems={problems ?? []} onGo={go} onType={type} onSave={() => { if (cannotSave === null) void save(); }} />
          <div class="stack">
            <Problems problems={problems} onGo={go} />
            {whole.current && <Card title={w.graph} id="graph" kind={graph ? "" : "as-it-was"} aside={!graph && <State tone="warn">{w.graphBefore}</State>}><Graph graph={whole.current} room={room.room} now={room.run?.scene === name ? room.run.state : null} onChoose={state => { const line = lineOfState(text, state); if (line) go(line); }} /></Card>}
            <Versions room={room.room} name={name} text={text} again={file?.tag} onTake={type} />
          </div>
        </div>
      </>}
    </div>
  );
}

function Problems({ problems, onGo }: { problems: Problem[] | null; onGo: (line: number) => void }) {
  const w = words.value.rooms;
  return (
    <Card title={w.check} aside={problems === null ? <State tone="pending">{w.checking}</State> : problems.length === 0 ? <State tone="ok">{w.noProblems}</State> : null}>
      <ul class="problems" aria-live="polite">{(problems ?? []).map((p, i) => (
        <li key={i} data-rule={p.rule}>
          <State tone={p.severity === "error" ? "bad" : "warn"}>{p.severity === "error" ? w.error : w.warning}</State>
          <button type="button" class="button bare small" onClick={() => onGo(p.line ?? 1)}>{w.line(p.line ?? 1)}</button>
          <span class="grow">{checkOf(p.text)}{p.path && <span class="quiet mono"> {p.path}</span>}{p.rule && <span class="quiet"> {p.rule}</span>}</span>
        </li>
      ))}</ul>
    </Card>
  );
}

/** A plain text field with the numbers of its lines beside it; lines with a problem are marked by shape as well. */
function TextArea({ text, area, problems, onGo, onType, onSave }: {
  text: string; area: preact.RefObject<HTMLTextAreaElement>; problems: readonly Problem[]; onGo: (line: number) => void; onType: (text: string) => void; onSave: () => void;
}) {
  const gutter = useRef<HTMLDivElement>(null);
  const count = text.split("\n").length;
  const marks = new Map<number, string>();
  for (const p of problems) if (p.line && marks.get(p.line) !== "error") marks.set(p.line, p.severity);
  const said = (line: number): string => problems.filter(p => p.line === line).map(p => checkOf(p.text)).join("\n");
  const key = (e: KeyboardEvent): void => {
    if (e.key === "s" && (e.ctrlKey || e.metaKey)) {
      e.preventDefault();
      onSave();
    }
  };
  return (
    <div class="code">
      <div class="gutter mono" ref={gutter} aria-hidden="true">
        {Array.from({ length: count }, (_, i) => <span key={i} class={marks.get(i + 1) ?? ""} {...(marks.has(i + 1) ? { title: said(i + 1), onClick: () => onGo(i + 1) } : {})}>{marks.has(i + 1) ? (marks.get(i + 1) === "error" ? "\u2716" : "\u25b2") : ""} {i + 1}</span>)}
      </div>
      <textarea ref={area} class="mono" value={text} spellcheck={false} wrap="off" autocomplete="off" aria-label={words.value.rooms.sceneFile} onKeyDown={key}
        onInput={e => onType(e.currentTarget.value)} onScroll={e => { if (gutter.current) gutter.current.scrollTop = e.currentTarget.scrollTop; }} />
    </div>
  );
}
