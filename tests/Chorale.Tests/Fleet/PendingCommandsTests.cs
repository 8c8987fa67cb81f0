using Chorale.Fleet;
using Chorale.Fleet.Commands;
using Chorale.Protocol.Modules;

namespace Chorale.Tests.Fleet;

public sealed class PendingCommandsTests
{
    private static readonly ModuleId Mic = new("mic1");
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);
    private readonly ManualTime _time = new();
    private readonly PendingCommands _pending;

    public PendingCommandsTests() => _pending = new PendingCommands(_time);

    [Fact]
    public async Task Yes_confirms_and_no_refuses_with_the_reason()
    {
        var start = Register("start", "a1");
        Assert.Equal(AnswerFate.Matched, Answer("a1", true, "Recording started"));
        Assert.Equal(Verdict.Confirmed, (await start.Ended).Verdict);

        var second = Register("start", "a2");
        Answer("a2", false, "Already recording");
        Assert.Equal((Verdict.Refused, "Already recording"), ((await second.Ended).Verdict, (await second.Ended).Reason));
        Assert.Equal(0, _pending.Count);
    }

    [Fact]
    public async Task An_answer_before_the_deadline_counts_and_one_at_it_is_late()
    {
        var early = Register("start", "a1");
        _time.Advance(Limit - TimeSpan.FromMilliseconds(1));
        Answer("a1", true);
        Assert.Equal(Verdict.Confirmed, (await early.Ended).Verdict);

        var late = Register("start", "a2");
        _time.Advance(Limit);
        Assert.Equal(AnswerFate.Late, Answer("a2", true));
        Assert.Equal(Verdict.TimedOut, (await late.Ended).Verdict);
        Assert.Equal(AnswerFate.Late, Answer("a2", true));
    }

    [Fact]
    public async Task A_late_yes_never_confirms_the_next_command()
    {
        var first = Register("start", "a1");
        _time.Advance(Limit);
        _pending.Expire([first]);
        var second = Register("start", "a2");
        Assert.Equal(AnswerFate.Late, Answer("a1", true));
        Assert.False(second.Ended.IsCompleted);
        Answer("a2", false, "Already recording");
        Assert.Equal(Verdict.Refused, (await second.Ended).Verdict);
    }

    [Fact]
    public async Task Status_is_answered_by_the_status_message_and_shutdown_by_the_goodbye()
    {
        var status = Register("status", "a1");
        _pending.StatusHeard(Mic, Status("idle"));
        Assert.Equal(Verdict.Confirmed, (await status.Ended).Verdict);
        var shutdown = Register("shutdown", "a2");
        _pending.StatusHeard(Mic, Status("disconnected"));
        Assert.Equal(Verdict.Confirmed, (await shutdown.Ended).Verdict);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_stop_that_answers_no_although_it_stopped_is_confirmed_with_a_note(bool isStatusFirst)
    {
        var stop = Register("stop", "a1");
        if (isStatusFirst) _pending.StatusHeard(Mic, Status("idle"));
        var fate = Answer("a1", false, "object NoneType can't be used in 'await' expression");
        if (!isStatusFirst)
        {
            Assert.Equal(AnswerFate.Held, fate);
            _pending.RecordingCompleted(Mic, "s7");
            _pending.StatusHeard(Mic, Status("idle"));
        }

        var result = await stop.Ended;
        Assert.Equal(Verdict.Confirmed, result.Verdict);
        Assert.Contains("NoneType", result.Note);
    }

    [Fact]
    public async Task A_stop_that_answers_no_and_shows_nothing_is_refused_at_the_deadline()
    {
        var stop = Register("stop", "a1");
        Answer("a1", false, "disk trouble");
        _pending.StatusHeard(Mic, Status("recording"));
        _time.Advance(Limit);
        _pending.Expire([stop]);
        Assert.Equal((Verdict.Refused, "disk trouble"), ((await stop.Ended).Verdict, (await stop.Ended).Reason));

        var idle = Register("stop", "a2");
        Answer("a2", false, "Not recording");
        Assert.Equal(Verdict.Refused, (await idle.Ended).Verdict);
    }

    [Fact]
    public async Task A_module_that_shows_what_it_did_without_answering_is_believed_at_the_deadline()
    {
        var start = Register("start", "a1", "s7");
        _pending.StatusHeard(Mic, Status("recording") with { RecordingId = "s7" });
        _time.Advance(Limit);
        _pending.Expire([start]);
        var result = await start.Ended;
        Assert.Equal(Verdict.Confirmed, result.Verdict);
        Assert.Contains("did not answer", result.Note);
    }

    [Fact]
    public async Task A_yes_after_an_error_status_is_a_contradiction_and_a_no_after_a_yes_changes_nothing()
    {
        var start = Register("start", "a1");
        _pending.StatusHeard(Mic, Status("error") with { Error = "no device" });
        Answer("a1", true, "Recording started");
        Assert.Equal(Verdict.Contradicted, (await start.Ended).Verdict);

        var config = Register("config", "a2");
        Answer("a2", true, "");
        Assert.Equal(AnswerFate.Contradiction, Answer("a2", false, "no"));
        Assert.Equal(Verdict.Confirmed, (await config.Ended).Verdict);
        Assert.Equal(AnswerFate.Repeated, Answer("a2", true, ""));
    }

    [Fact]
    public async Task Stop_supersedes_a_start_that_waits()
    {
        var start = Register("start", "a1");
        var stop = Register("stop", "a2");
        Assert.Equal(Verdict.Superseded, (await start.Ended).Verdict);
        Answer("a1", true);
        Assert.False(stop.Ended.IsCompleted);
        Answer("a2", true);
        Assert.Equal(Verdict.Confirmed, (await stop.Ended).Verdict);
    }

    [Fact]
    public async Task An_answer_without_id_is_taken_when_one_command_waits_and_ambiguous_when_several_do()
    {
        var one = Register("config", "a1");
        Answer(null, true);
        var result = await one.Ended;
        Assert.Equal(Verdict.Confirmed, result.Verdict);
        Assert.NotNull(result.Note);

        var first = Register("config", "a2");
        var second = Register("mute", "a3");
        Answer(null, true);
        Assert.Equal(Verdict.Ambiguous, (await first.Ended).Verdict);
        Assert.False(second.Ended.IsCompleted);
    }

    [Fact]
    public async Task An_answer_of_another_module_or_to_another_master_changes_nothing()
    {
        var start = Register("start", "a1");
        Assert.Equal(AnswerFate.Unmatched, _pending.Answered(new ModuleId("mic2"), new ModuleResponse { RequestId = "a1", Success = true, Message = "" }));
        Assert.Equal(AnswerFate.Unmatched, Answer("somebody-else", true));
        Assert.False(start.Ended.IsCompleted);
        Assert.Throws<ArgumentException>(() => Register("stop", "a1"));
        _pending.LinkLost("gone", id => id != Mic); // it comes by another way
        Assert.Equal(1, _pending.Count);
        _pending.LinkLost("gone");
        Assert.Equal(Verdict.LostLink, (await start.Ended).Verdict);
    }

    [Fact]
    public async Task Each_command_ends_exactly_once_whatever_comes_in_which_order()
    {
        var random = new Random(4);
        for (var round = 0; round < 500; round++)
        {
            var names = new[] { "start", "stop", "status", "config", "shutdown" };
            var batch = Enumerable.Range(0, 1 + random.Next(4)).Select(i => Register(names[random.Next(5)], $"r{round}-{i}")).ToList();
            for (var step = 0; step < 8; step++)
            {
                var id = batch[random.Next(batch.Count)].RequestId;
                switch (random.Next(7))
                {
                    case 0: Answer(id, random.Next(2) == 0, "x"); break;
                    case 1: Answer(null, random.Next(2) == 0, "x"); break;
                    case 2: _pending.StatusHeard(Mic, Status(new[] { "idle", "recording", "error", "disconnected", "?" }[random.Next(5)])); break;
                    case 3: _pending.RecordingCompleted(Mic, null); break;
                    case 4: _time.Advance(TimeSpan.FromSeconds(random.Next(4))); break;
                    case 5: _pending.End(batch[0], Verdict.Cancelled, "given up"); break;
                    default: _pending.LinkLost("gone"); break;
                }
            }

            _time.Advance(Limit);
            _pending.Expire(batch);
            foreach (var pending in batch) Assert.NotNull((await pending.Ended).Module.Value);
            Assert.Equal(0, _pending.Count);
        }
    }

    private PendingCommand Register(string name, string id, string? recordingId = null) =>
        _pending.Register(Mic, new ModuleCommand { Name = name, RequestId = id, RecordingId = recordingId }, Limit);

    private AnswerFate Answer(string? id, bool success, string message = "") =>
        _pending.Answered(Mic, new ModuleResponse { RequestId = id, Success = success, Message = message });

    private static ModuleStatus Status(string state) => new() { StateText = state };
}
