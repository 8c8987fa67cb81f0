using System.Text;
using Chorale.Protocol.Rooms;
using Chorale.Show;
using Chorale.Show.Devices;
using Chorale.Show.Feedback;
using YamlDotNet.RepresentationModel;

namespace Chorale.Tests.Devices;

public class OutputBookTests
{
    private const string Room =
        """
        nodes:
          Relays: {class: relay, topics: [light/#, effect/smoke], momentary: [effect/smoke]}
          Motors: {class: motor, topics: [motor1, motor2]}
          Old: {generation: first, topics: [steam], refresh_s: 0}
        """;

    private readonly OutputBook _book = new(RoomDevicesTests.Read(Room, out _));
    private TimeSpan _now;

    [Theory]
    [InlineData("ON", true)]
    [InlineData("1", true)]
    [InlineData("true", true)]
    [InlineData("START", true)]
    [InlineData("on:60:L", true)]
    [InlineData("OFF", false)]
    [InlineData("0", false)]
    [InlineData("STOP", false)]
    [InlineData("INACTIVE", false)]
    [InlineData("BLINK", null)]
    public void Words_before_the_first_colon_say_what_is_wanted(string payload, bool? wanted)
    {
        _book.Desired("room1/light/1", payload, _now);
        Assert.Equal(wanted, _book.Find("room1/light/1")!.Desired);
    }

    [Fact]
    public void An_output_is_pending_until_its_node_has_answered_and_then_what_was_answered()
    {
        _book.Desired("room1/light/1", "ON", _now);
        Assert.Equal((OutputState.Pending, null, false), (Light.State, Light.Confirmed, Light.Differs));
        End("room1/light/1", "ON", Verdict.Confirmed, FeedbackWord.Ok);
        Assert.Equal((OutputState.Confirmed, true, false), (Light.State, Light.Confirmed, Light.Differs));
        _book.Desired("room1/light/1", "OFF", _now);
        End("room1/light/1", "OFF", Verdict.Refused, FeedbackWord.Error);
        Assert.Equal((OutputState.Refused, true, true), (Light.State, Light.Confirmed, Light.Differs));
    }

    [Fact]
    public void What_an_effect_says_itself_counts_more_than_what_it_was_told()
    {
        _book.Desired("room1/light/1", "START", _now);
        End("room1/light/1", "START", Verdict.Confirmed, FeedbackWord.Inactive);
        Assert.Equal((true, false, true), (Light.Desired, Light.Confirmed, Light.Differs));
    }

    [Theory]
    [InlineData(Verdict.TimedOut, "TimedOut")]
    [InlineData(Verdict.Ambiguous, "Ambiguous")]
    [InlineData(Verdict.LostLink, "LostLink")]
    public void After_no_clear_answer_nothing_is_known(Verdict verdict, string state)
    {
        _book.Desired("room1/light/1", "ON", _now);
        End("room1/light/1", "ON", verdict);
        Assert.Equal((state, null, true), (Light.State.ToString(), Light.Confirmed, Light.Differs));
    }

    [Fact]
    public void A_verdict_on_an_earlier_word_does_not_speak_for_the_last_one()
    {
        _book.Desired("room1/light/1", "ON", _now);
        _book.Desired("room1/light/1", "OFF", _now);
        End("room1/light/1", "ON", Verdict.Confirmed, FeedbackWord.Ok);
        Assert.Equal(OutputState.Pending, Light.State);
    }

    [Fact]
    public void A_contradiction_takes_the_certainty_back()
    {
        _book.Desired("room1/light/1", "ON", _now);
        End("room1/light/1", "ON", Verdict.Confirmed, FeedbackWord.Ok);
        _book.Odd(new FeedbackOddity(OddityKind.Contradicted, "room1/light/1/feedback", "ERROR", "room1/light/1", default, null), _now);
        Assert.Equal((OutputState.Contradicted, null), (Light.State, Light.Confirmed));
    }

    [Fact]
    public void A_motor_has_direction_and_speed_and_comes_back_as_it_was_meant_to_run()
    {
        _book.Desired("room1/motor1", "ON:60:L:3000", _now);
        _book.Desired("room1/motor1", "SPEED:80", _now);
        _book.Desired("room1/motor1", "DIR:R", _now);
        End("room1/motor1", "DIR:R", Verdict.Confirmed, FeedbackWord.Ok);
        var motor = _book.Find("room1/motor1")!;
        Assert.Equal((true, true, 'R', 80), (motor.Desired, motor.Confirmed, motor.MotorDirection, motor.MotorSpeed));
        _book.NodeGone("Motors", _now);
        Assert.Equal("ON:80:R:3000", Assert.Single(_book.NodeBack("Motors", _now)).Payload);
    }

    [Fact]
    public void The_outputs_of_a_node_that_goes_are_stale_and_those_of_others_are_not()
    {
        On("room1/light/1");
        On("room1/motor1", "ON:50:L");
        _book.NodeGone("Relays", _now);
        Assert.Equal((true, OutputState.Stale, null), (Light.IsStale, Light.State, Light.Confirmed));
        Assert.False(_book.Find("room1/motor1")!.IsStale);
        var difference = Assert.Single(_book.NodeBack("Relays", _now));
        Assert.Equal(("room1/light/1", "ON", "Relays"), (difference.Topic, difference.Payload, difference.Node));
        Assert.True(Light.Differs);
    }

    [Fact]
    public void Smoke_is_not_switched_on_again_for_being_missed()
    {
        On("room1/effect/smoke");
        _book.NodeGone("Relays", _now);
        Assert.Empty(_book.NodeBack("Relays", _now));
    }

    [Fact]
    public void Nodes_with_outputs_on_are_spoken_to_every_minute_and_once_each()
    {
        On("room1/light/1");
        On("room1/light/2");
        On("room1/motor1", "ON:50:L");
        var said = Run(TimeSpan.FromMinutes(10));
        Assert.Equal(10, said.Count(s => s.Topic.StartsWith("room1/light", StringComparison.Ordinal)));
        Assert.Equal(10, said.Count(s => s is ("room1/motor1", "ON:50:L")));
    }

    [Fact]
    public void A_scene_that_speaks_to_the_node_anyway_needs_no_refresh()
    {
        On("room1/light/1");
        for (var n = 0; n < 10; n++)
        {
            Assert.Empty(Run(TimeSpan.FromSeconds(50)));
            On("room1/light/2");
        }
    }

    [Fact]
    public void Smoke_what_is_off_what_was_refused_and_what_nobody_would_hear_is_not_refreshed()
    {
        On("room1/effect/smoke");
        _book.Desired("room1/motor1", "OFF", _now);
        On("room1/steam"); // refresh_s: 0
        Assert.Empty(Run(TimeSpan.FromMinutes(5)));
        Assert.Equal((false, OutputSource.AutoOff), (_book.Find("room1/effect/smoke")!.Desired, _book.Find("room1/effect/smoke")!.Source));
        On("room1/light/1");
        _book.NodeGone("Relays", _now);
        Assert.Empty(Run(TimeSpan.FromMinutes(5)));
        _book.NodeBack("Relays", _now);
        _book.Desired("room1/light/1", "ON", _now);
        End("room1/light/1", "ON", Verdict.Refused, FeedbackWord.Error);
        Assert.Empty(Run(TimeSpan.FromMinutes(5)));
    }

    [Fact]
    public void A_refresh_is_never_further_apart_than_the_dead_man_allows()
    {
        On("room1/light/1");
        var last = _now;
        foreach (var (at, _) in RunWithTimes(TimeSpan.FromHours(1)))
        {
            Assert.True(at - last < RoomNode.DeadMan / 2);
            last = at;
        }
    }

    [Fact]
    public void After_STOP_nothing_is_wanted_and_once_it_is_confirmed_nothing_is_on()
    {
        On("room1/light/1");
        On("room1/motor1", "ON:50:L");
        _book.AllOff(_now);
        Assert.All(_book.Outputs, o => Assert.Equal((false, true), (o.Desired, o.Confirmed)));
        _book.StopConfirmed(_now);
        Assert.All(_book.Outputs, o => Assert.Equal((false, false, false), (o.Desired, o.Confirmed, o.Differs)));
        Assert.Null(_book.NextRefresh);
    }

    [Fact]
    public void While_the_broker_is_gone_nothing_is_known_and_afterwards_nodes_are_kept_awake()
    {
        On("room1/light/1");
        _book.LinkLost(_now);
        Assert.True(Light.IsStale);
        Assert.NotEmpty(Run(TimeSpan.FromSeconds(61)));
    }

    [Fact]
    public void Players_and_answers_are_no_outputs_and_a_scene_cannot_fill_the_memory()
    {
        _book.Desired("room1/audio", "PLAY:a.mp3", _now);
        _book.Desired("room1/STOP", "STOP", _now);
        for (var n = 0; n < 10_000; n++) _book.Desired($"room1/x{n}", "ON", _now);
        Assert.Equal(2048, _book.Outputs.Count);
    }

    private OutputView Light => _book.Find("room1/light/1")!;

    private void On(string topic, string word = "ON")
    {
        _book.Desired(topic, word, _now);
        End(topic, word, Verdict.Confirmed, FeedbackWord.Ok);
    }

    private void End(string topic, string payload, Verdict verdict, FeedbackWord? word = null) =>
        _book.Confirmed(topic, new CommandEnd(new CommandKey(1), topic, payload, verdict, null, _now, TimeSpan.Zero, word, FeedbackRule.Unsaid, null), _now);

    private List<(string Topic, string Payload)> Run(TimeSpan length) => RunWithTimes(length).ConvertAll(r => r.Said);

    private List<(TimeSpan At, (string Topic, string Payload) Said)> RunWithTimes(TimeSpan length)
    {
        var (all, end) = (new List<(TimeSpan, (string, string))>(), _now + length);
        while (_book.NextRefresh is { } due && due <= end)
        {
            _now = due;
            var said = new List<(string Topic, string Payload)>();
            _book.DueRefresh(_now, said);
            foreach (var one in said) all.Add((_now, one));
        }

        _now = end;
        return all;
    }
}
