using Chorale.Protocol.Rooms;
using Chorale.Show;
using Chorale.Show.Feedback;

namespace Chorale.Tests.Feedback;

public class PendingFeedbackTests
{
    private readonly FeedbackRig _room = new();

    [Theory]
    [InlineData("OK", Verdict.Confirmed)]
    [InlineData("ok", Verdict.Confirmed)]
    [InlineData("Ok \r\n", Verdict.Confirmed)]
    [InlineData("\"OK\"", Verdict.Confirmed)]
    [InlineData("OK\0", Verdict.Confirmed)]
    [InlineData("{\"status\":\"ok\"}", Verdict.Confirmed)]
    [InlineData("ACTIVE", Verdict.Confirmed)]
    [InlineData("inactive", Verdict.Confirmed)]
    [InlineData("ERROR", Verdict.Refused)]
    [InlineData("{\"status\":\"error\",\"reason\":\"jammed\"}", Verdict.Refused)]
    public void The_second_generation_answers_on_the_topic_of_the_command(string answer, Verdict verdict)
    {
        var light = _room.Send("room1/light", "ON", FeedbackRig.Second);
        _room.After(90);
        Assert.Equal(FeedbackMatch.Ended, _room.Hear("room1/light/feedback", answer));
        Assert.Equal(verdict, _room.VerdictOf(light));
        Assert.Equal(TimeSpan.FromMilliseconds(90), _room.Ends[0].Took);
    }

    [Theory]
    [InlineData("OK", Verdict.Confirmed)]
    [InlineData("oK", Verdict.Confirmed)]
    [InlineData("ERROR", Verdict.Refused)]
    [InlineData("ACTIVE", Verdict.Refused)]
    [InlineData("busy", Verdict.Refused)]
    public void The_first_generation_answers_on_the_status_of_the_room_and_anything_but_OK_is_a_no(string answer, Verdict verdict)
    {
        var light = _room.Send("room1/light", "ON", FeedbackRig.First);
        _room.After(234);
        _room.Hear("room1/status", answer);
        Assert.Equal(verdict, _room.VerdictOf(light));
    }

    [Fact]
    public void A_room_called_hall1_is_tracked_like_room1()
    {
        var first = _room.Send("hall1/light", "ON", FeedbackRig.First);
        _room.Hear("hall1/status", "OK");
        var second = _room.Send("hall1/light/fire", "ON", FeedbackRig.Second);
        _room.Hear("hall1/light/fire/feedback", "OK");
        Assert.Equal((Verdict.Confirmed, Verdict.Confirmed), (_room.VerdictOf(first), _room.VerdictOf(second)));
    }

    [Fact]
    public void What_an_effect_says_tells_the_state_of_its_output()
    {
        _room.Send("room1/effects/alone", "START", FeedbackRig.Second);
        _room.Hear("room1/effects/alone/feedback", "ACTIVE");
        Assert.Equal(FeedbackWord.Active, _room.Ends[0].Word);
    }

    [Theory]
    [InlineData(-1, Verdict.Confirmed)]
    [InlineData(0, Verdict.TimedOut)]
    [InlineData(1, Verdict.TimedOut)]
    public void An_answer_at_the_deadline_is_late_whether_or_not_anybody_looked_at_the_clock(double ms, Verdict verdict)
    {
        foreach (var looked in new[] { true, false })
        {
            var room = new FeedbackRig();
            var light = room.Send("room1/light", "ON", FeedbackRig.Second);
            if (looked) room.After(700 + ms);
            else room.Later(700 + ms);
            room.Hear("room1/light/feedback", "OK");
            Assert.Equal(verdict, room.VerdictOf(light));
            if (verdict == Verdict.TimedOut) Assert.Equal(OddityKind.Late, room.LastOdd);
        }
    }

    [Fact]
    public void A_timeout_takes_exactly_as_long_as_was_waited_for_however_late_somebody_looked()
    {
        _room.Send("room1/light", "ON", FeedbackRig.First);
        _room.After(1700);
        Assert.Equal((Verdict.TimedOut, TimeSpan.FromSeconds(1)), (_room.Ends[0].Verdict, _room.Ends[0].Took));
    }

    [Fact]
    public void Steam_does_not_confirm_the_light()
    {
        var light = _room.Send("room1/light", "ON", FeedbackRig.First);
        var steam = _room.Send("room1/steam", "ON", FeedbackRig.First);
        _room.After(100);
        _room.Hear("room1/status", "OK");
        Assert.Equal(Verdict.Ambiguous, _room.VerdictOf(light));
        Assert.Null(_room.VerdictOf(steam));
        _room.Hear("room1/status", "OK"); // the light's node may have said it twice
        Assert.Equal(Verdict.Ambiguous, _room.VerdictOf(steam));
    }

    [Fact]
    public void A_command_that_shared_an_answer_is_ambiguous_at_its_deadline()
    {
        _room.Send("room1/light", "ON", FeedbackRig.First);
        var steam = _room.Send("room1/steam", "ON", FeedbackRig.First);
        _room.Hear("room1/status", "OK");
        _room.After(1000);
        Assert.Equal(Verdict.Ambiguous, _room.VerdictOf(steam));
    }

    [Fact]
    public void A_node_says_which_command_it_means_by_its_own_status()
    {
        var light = _room.Send("room1/light", "ON", FeedbackRig.First with { NodeId = "esp32_01" });
        var steam = _room.Send("room1/steam", "ON", FeedbackRig.First with { NodeId = "esp32_02" });
        Assert.Equal(FeedbackMatch.Ended, _room.Hear("devices/esp32_02/status", "OK"));
        Assert.Equal(Verdict.Confirmed, _room.VerdictOf(steam));
        Assert.Equal(FeedbackMatch.Ended, _room.Hear("devices/esp32_01/status", "ERROR"));
        Assert.Equal(Verdict.Refused, _room.VerdictOf(light));
    }

    [Theory]
    [InlineData("online")]
    [InlineData("offline")]
    [InlineData("rebooting")]
    public void Presence_is_no_answer(string word)
    {
        var light = _room.Send("room1/light", "ON", FeedbackRig.First with { NodeId = "esp32_01" });
        Assert.Equal(FeedbackMatch.NotFeedback, _room.Hear("devices/esp32_01/status", word));
        Assert.Null(_room.VerdictOf(light));
    }

    [Fact]
    public void A_late_OK_without_an_id_is_the_older_commands_and_the_newer_one_is_not_confirmed_by_it()
    {
        var on = _room.Send("room1/light", "ON", FeedbackRig.Second);
        _room.After(700);
        _room.After(50);
        var off = _room.Send("room1/light", "OFF", FeedbackRig.Second);
        _room.After(20);
        _room.Hear("room1/light/feedback", "OK"); // the one that belongs to ON
        Assert.Equal((Verdict.TimedOut, null), (_room.VerdictOf(on), _room.VerdictOf(off)));
        Assert.Equal(OddityKind.Late, _room.LastOdd);
        _room.After(90);
        _room.Hear("room1/light/feedback", "OK"); // two answers to two commands: the second is OFF's
        Assert.Equal(Verdict.Confirmed, _room.VerdictOf(off));
    }

    [Fact]
    public void Two_commands_under_way_and_one_answer_leave_both_in_doubt()
    {
        var on = _room.Send("room1/light", "ON", FeedbackRig.Second);
        _room.After(50);
        var off = _room.Send("room1/light", "OFF", FeedbackRig.Second);
        _room.After(50);
        _room.Hear("room1/light/feedback", "OK");
        _room.After(700);
        Assert.Equal((Verdict.Ambiguous, Verdict.Ambiguous), (_room.VerdictOf(on), _room.VerdictOf(off)));
    }

    [Fact]
    public void With_its_id_an_answer_finds_its_command_past_any_other()
    {
        var on = _room.Send("room1/light", "ON", FeedbackRig.Second);
        var off = _room.Send("room1/light", "OFF", FeedbackRig.Second);
        _room.Hear("room1/light/feedback", "OK", _room.Pending.CorrelationOf(off));
        Assert.Equal((null, Verdict.Confirmed), (_room.VerdictOf(on), _room.VerdictOf(off)));
        var id = System.Text.Encoding.ASCII.GetString(_room.Pending.CorrelationOf(on));
        _room.Hear("room1/light/feedback", $"{{\"status\":\"OK\",\"id\":\"{id}\"}}");
        Assert.Equal(Verdict.Confirmed, _room.VerdictOf(on));
    }

    [Fact]
    public void The_same_word_sent_again_is_confirmed_by_whichever_answer_comes()
    {
        var first = _room.Send("room1/light", "ON", FeedbackRig.Second);
        _room.After(700);
        var again = _room.Send("room1/light", "ON", FeedbackRig.Second);
        _room.After(10);
        _room.Hear("room1/light/feedback", "OK");
        Assert.Equal((Verdict.TimedOut, Verdict.Confirmed), (_room.VerdictOf(first), _room.VerdictOf(again)));
    }

    [Fact]
    public void A_retry_made_by_a_timeout_is_not_confirmed_by_the_answer_that_caused_nobody_to_look()
    {
        CommandKey retry = default;
        _room.WhenEnded = end =>
        {
            if (end.Verdict == Verdict.TimedOut && retry.IsNone) retry = _room.Send("room1/light", "ON", FeedbackRig.Second);
        };
        _room.Send("room1/light", "ON", FeedbackRig.Second);
        _room.Later(700);
        _room.Hear("room1/light/feedback", "OK");
        Assert.Null(_room.VerdictOf(retry));
        Assert.Equal(OddityKind.Late, _room.LastOdd);
    }

    [Fact]
    public void An_unanswered_command_that_a_later_one_made_pointless_is_superseded()
    {
        var slow = _room.Send("room1/motor1", "SPEED:20", FeedbackRig.Second);
        _room.After(100);
        var fast = _room.Send("room1/motor1", "SPEED:90", FeedbackRig.Second);
        _room.After(700);
        Assert.Equal((Verdict.Superseded, Verdict.TimedOut), (_room.VerdictOf(slow), _room.VerdictOf(fast)));
    }

    [Fact]
    public void OK_for_nothing_is_counted_and_confirms_nothing()
    {
        Assert.Equal(FeedbackMatch.Odd, _room.Hear("room1/light/feedback", "OK"));
        Assert.Equal(OddityKind.Unmatched, _room.LastOdd);
        var light = _room.Send("room1/light", "ON", FeedbackRig.Second);
        _room.Hear("room1/other/feedback", "OK");
        _room.Hear("room2/status", "OK");
        Assert.Null(_room.VerdictOf(light));
        Assert.Equal(3, _room.Pending.Counters[OddityKind.Unmatched]);
    }

    [Fact]
    public void Of_OK_and_OK_the_first_counts_and_of_OK_and_ERROR_the_contradiction_is_told()
    {
        var light = _room.Send("room1/light", "ON", FeedbackRig.Second);
        _room.Hear("room1/light/feedback", "OK");
        _room.Hear("room1/light/feedback", "OK");
        Assert.Equal(OddityKind.Repeated, _room.LastOdd);
        _room.Hear("room1/light/feedback", "ERROR");
        Assert.Equal((OddityKind.Contradicted, "room1/light"), (_room.LastOdd, _room.Odds[^1].CommandTopic));
        Assert.Equal(Verdict.Confirmed, _room.VerdictOf(light));
    }

    [Fact]
    public void A_topic_that_repeats_itself_is_not_believed_when_its_next_command_waits()
    {
        _room.Send("room1/light", "ON", FeedbackRig.Second);
        _room.Hear("room1/light/feedback", "OK");
        _room.Hear("room1/light/feedback", "OK");
        _room.After(100);
        var off = _room.Send("room1/light", "OFF", FeedbackRig.Second);
        _room.Hear("room1/light/feedback", "OK"); // a third OK for ON?
        Assert.Equal(Verdict.Ambiguous, _room.VerdictOf(off));
    }

    [Fact]
    public void An_OK_of_yesterday_is_ignored_and_told()
    {
        var light = _room.Send("room1/light", "ON", FeedbackRig.Second);
        Assert.Equal(FeedbackMatch.Odd, _room.Hear("room1/light/feedback", "OK", retained: true));
        Assert.Equal((OddityKind.Retained, null), (_room.LastOdd, _room.VerdictOf(light)));
    }

    [Theory]
    [InlineData(new byte[0])]
    [InlineData(new byte[] { 0x4f, 0x4b, 0xff })]
    [InlineData(new byte[] { (byte)'{', (byte)'{' })]
    public void What_is_no_word_is_malformed_and_the_command_waits_on(byte[] answer)
    {
        var light = _room.Send("room1/light", "ON", FeedbackRig.Second);
        var old = _room.Send("room1/steam", "ON", FeedbackRig.First);
        _room.Hear("room1/light/feedback", answer);
        _room.Hear("room1/status", answer);
        Assert.Equal(2, _room.Pending.Counters[OddityKind.Malformed]);
        Assert.Equal((null, null), (_room.VerdictOf(light), _room.VerdictOf(old)));
    }

    [Fact]
    public void A_deep_object_and_a_megabyte_are_malformed_and_shown_bounded()
    {
        _room.Hear("room1/light/feedback", string.Concat(Enumerable.Repeat("{\"status\":", 10_000)));
        _room.Hear("room1/light/feedback", new byte[1 << 20]);
        _room.Hear("room1/light/feedback", "a\nb\u001b[31m\u202e" + new string('x', 500));
        Assert.All(_room.Odds, o => Assert.Equal(OddityKind.Malformed, o.Kind));
        Assert.All(_room.Odds, o => Assert.InRange(o.Text.Length, 0, 120));
        Assert.All(_room.Odds, o => Assert.DoesNotContain(o.Text, char.IsControl));
    }

    [Fact]
    public void Unsaid_both_generations_are_awaited_and_what_answers_is_remembered()
    {
        _room.Send("room1/light", "ON", FeedbackRig.Both);
        _room.Hear("room1/light/feedback", "OK");
        var light = _room.Send("room1/light", "OFF", FeedbackRig.Both);
        _room.After(100);
        var steam = _room.Send("room1/steam", "ON", FeedbackRig.Both);
        _room.Hear("room1/status", "OK"); // the light is known to answer elsewhere: this is the steam's
        Assert.Equal(Verdict.Confirmed, _room.VerdictOf(steam));
        _room.After(600); // and the light has 700 ms now, not a second
        Assert.Equal(Verdict.TimedOut, _room.VerdictOf(light));
    }

    [Fact]
    public void A_node_whose_firmware_was_replaced_is_learned_anew_after_one_timeout()
    {
        _room.Send("room1/light", "ON", FeedbackRig.Both);
        _room.Hear("room1/light/feedback", "OK");
        _room.After(6000);
        _room.Send("room1/light", "OFF", FeedbackRig.Both);
        _room.Hear("room1/status", "OK");
        _room.After(700);
        Assert.Equal(Verdict.TimedOut, _room.Ends[^1].Verdict);
        _room.After(6000);
        var third = _room.Send("room1/light", "ON", FeedbackRig.Both);
        _room.Hear("room1/status", "OK");
        Assert.Equal(Verdict.Confirmed, _room.VerdictOf(third));
    }

    [Theory]
    [InlineData("room1/audio")]
    [InlineData("room1/video")]
    [InlineData("room1/STOP")]
    [InlineData("room1/x/RESET")]
    [InlineData("room1/GLOBAL")]
    [InlineData("room1/status")]
    public void Nobody_answers_on_these_topics(string topic) => Assert.False(RoomTopics.ExpectsFeedback(topic));

    [Fact]
    public void A_command_without_answer_is_not_registered()
    {
        Assert.True(_room.Send("room1/audio", "PLAY:a.mp3", FeedbackRule.NoAnswer).IsNone);
        Assert.Null(_room.Pending.NextDeadline);
    }

    [Fact]
    public void The_loss_of_the_link_and_of_a_node_end_what_waits()
    {
        var light = _room.Send("room1/light", "ON", FeedbackRig.Second with { NodeId = "a" });
        var motor = _room.Send("room1/motor1", "OFF", FeedbackRig.Second with { NodeId = "b" });
        _room.Pending.NodeGone("a", _room.Now);
        Assert.Equal((Verdict.LostLink, null), (_room.VerdictOf(light), _room.VerdictOf(motor)));
        _room.Pending.LinkLost(_room.Now);
        Assert.Equal(Verdict.LostLink, _room.VerdictOf(motor));
        Assert.Null(_room.Pending.NextDeadline);
    }

    [Fact]
    public void What_was_not_sent_ends_as_said_and_takes_no_answer()
    {
        var light = _room.Send("room1/light", "ON", FeedbackRig.Second);
        _room.Pending.NotSent(light, Verdict.Simulated, "no broker", _room.Now);
        _room.Pending.NotSent(light, Verdict.LostLink, "twice", _room.Now);
        Assert.Equal(Verdict.Simulated, _room.VerdictOf(light));
        var off = _room.Send("room1/light", "OFF", FeedbackRig.Second);
        _room.Hear("room1/light/feedback", "OK");
        Assert.Equal(Verdict.Confirmed, _room.VerdictOf(off));
    }

    [Fact]
    public void STOP_cancels_everything_but_itself()
    {
        var light = _room.Send("room1/light", "ON", FeedbackRig.Second);
        var stop = _room.Pending.RegisterStop("room1/STOP", "STOP", 1, FeedbackRule.SecondDeadline, _room.Now);
        _room.Pending.CancelAll(_room.Now, "STOP", stop);
        Assert.Equal((Verdict.Cancelled, null), (_room.VerdictOf(light), _room.VerdictOf(stop)));
        _room.Hear("room1/STOP/feedback", "OK");
        Assert.Equal(Verdict.Confirmed, _room.VerdictOf(stop));
    }

    [Fact]
    public void STOP_is_confirmed_when_no_node_can_be_missing()
    {
        var stop = _room.Pending.RegisterStop("room1/STOP", "STOP", 3, FeedbackRule.SecondDeadline, _room.Now);
        Hear(2);
        _room.After(200);
        Assert.True(_room.Pending.StopAgain(stop, _room.Now));
        Hear(2);
        Assert.True(_room.Pending.IsPending(stop)); // two nodes can have said all four
        Assert.Equal(2, _room.Pending.StopOf(stop)!.NodesMin);
        Hear(1);
        Assert.Equal(Verdict.Confirmed, _room.VerdictOf(stop));

        void Hear(int times)
        {
            for (var n = 0; n < times; n++) _room.Hear("room1/STOP/feedback", "OK");
        }
    }

    [Fact]
    public void A_STOP_that_a_node_never_confirms_says_how_many_did()
    {
        var stop = _room.Pending.RegisterStop("room1/STOP", "STOP", 2, FeedbackRule.SecondDeadline, _room.Now);
        for (var n = 0; n < 2; n++)
        {
            _room.Hear("room1/STOP/feedback", "OK");
            _room.After(200);
            _room.Pending.StopAgain(stop, _room.Now);
        }

        _room.Hear("room1/STOP/feedback", "OK");
        _room.After(699);
        Assert.True(_room.Pending.IsPending(stop));
        _room.After(1);
        Assert.Equal((Verdict.TimedOut, "1 of 2 nodes confirmed, 3 sendings"), (_room.VerdictOf(stop), _room.Ends[0].Reason));
        Assert.False(_room.Pending.StopAgain(stop, _room.Now));
    }

    [Fact]
    public void What_ended_is_forgotten_and_a_flood_of_answers_keeps_nothing()
    {
        for (var n = 0; n < 5000; n++)
        {
            _room.Send($"room1/{n}", "ON", FeedbackRig.Second);
            _room.Hear($"room1/{n}/feedback", "OK");
            _room.Hear($"room1/{n}/feedback", "OK");
        }

        Assert.Equal(5000, _room.Pending.Counters[Verdict.Confirmed]);
        _room.After(6000);
        Assert.Empty(_room.Pending.Waiting);
        _room.Hear("room1/4999/feedback", "OK");
        Assert.Equal(OddityKind.Unmatched, _room.LastOdd);
    }

    [Fact]
    public void An_id_of_an_earlier_life_matches_nothing()
    {
        var light = _room.Send("room1/light", "ON", FeedbackRig.Second);
        _room.Hear("room1/light/feedback", "OK", "chother-1"u8.ToArray());
        Assert.Equal((OddityKind.Foreign, null), (_room.LastOdd, _room.VerdictOf(light)));
        _room.Hear("room1/light/feedback", "OK", [1, 2, 3]); // a habit of its own: no id of ours
        Assert.Equal(Verdict.Confirmed, _room.VerdictOf(light));
    }
}
