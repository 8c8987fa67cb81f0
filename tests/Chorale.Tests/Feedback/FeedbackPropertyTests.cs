using System.Text;
using Chorale.Protocol.Rooms;
using Chorale.Show;
using Chorale.Show.Feedback;

namespace Chorale.Tests.Feedback;

/// <summary>Thousands of random rooms. A failure names its seed: run it alone by that.</summary>
public class FeedbackPropertyTests
{
    private const int Histories = 3_000;

    [Fact]
    public void Whatever_nodes_say_every_command_ends_once_and_not_after_its_deadline()
    {
        for (var seed = 1; seed <= Histories; seed++)
        {
            var random = new Random(seed);
            var room = new FeedbackRig();
            var sent = new List<CommandKey>();
            for (var step = 0; step < 60; step++)
            {
                switch (random.Next(12))
                {
                    case < 4:
                        sent.Add(room.Send(AnyTopic(random), Pick(random, "ON", "OFF", "ON:60:L"), AnyRule(random)));
                        break;
                    case < 9:
                        byte[]? id = random.Next(4) == 0 && sent.Count > 0 ? room.Pending.CorrelationOf(Pick(random, [.. sent])) : null;
                        room.Hear(AnyAnswerTopic(random), AnyAnswer(random), id, retained: random.Next(10) == 0);
                        break;
                    case 9:
                        if (sent.Count > 0) room.Pending.NotSent(Pick(random, [.. sent]), Verdict.LostLink, "the broker is gone", room.Now);
                        break;
                    case 10:
                        var stop = room.Pending.RegisterStop("room1/STOP", "STOP", random.Next(4), FeedbackRule.SecondDeadline, room.Now);
                        sent.Add(stop);
                        if (random.Next(2) == 0) room.Pending.CancelAll(room.Now, "STOP", stop);
                        if (random.Next(2) == 0) room.Pending.StopAgain(stop, room.Now);
                        break;
                    default:
                        if (random.Next(5) == 0) room.Pending.LinkLost(room.Now);
                        break;
                }

                if (random.Next(2) == 0) room.After(random.Next(400));
                else room.Later(random.Next(400));
                Assert.True(room.Pending.NextDeadline is null || room.Pending.Waiting.Count > 0, $"seed {seed}: a deadline without a command");
            }

            room.After(2_000);
            Assert.True(room.Pending.Waiting.Count == 0, $"seed {seed}: {room.Pending.Waiting.Count} commands never end");
            Assert.True(room.Ends.Select(e => e.Key).Distinct().Count() == room.Ends.Count, $"seed {seed}: a command ended twice");
            Assert.True(sent.Count == room.Ends.Count, $"seed {seed}: {sent.Count} commands, {room.Ends.Count} verdicts");
            Assert.All(room.Ends, e => Assert.True(e.Topic == "room1/STOP" || e.Took <= e.Rule.Deadline || e.Verdict is not (Verdict.Confirmed or Verdict.TimedOut), $"seed {seed}: {e}"));
            Assert.Equal(room.Pending.Counters.Registered, Enum.GetValues<Verdict>().Sum(v => room.Pending.Counters[v]));
        }
    }

    /// <summary>
    /// Nodes that lose commands, are slow to 3 s, say no, repeat themselves where they give ids, and mix with noise; but answer each command
    /// once at most and in order. Against what they really did, nothing is confirmed that was not acknowledged.
    /// </summary>
    [Fact]
    public void Nothing_is_confirmed_that_no_node_acknowledged()
    {
        var (confirmed, ambiguous, alone) = (0, 0, 0);
        for (var seed = 1; seed <= Histories; seed++)
        {
            var history = new RoomHistory(seed);
            history.Play();
            foreach (var end in history.Room.Ends)
            {
                if (end.Verdict == Verdict.Ambiguous) ambiguous++;
                if (end.Verdict != Verdict.Confirmed) continue;
                confirmed++;
                Assert.True(history.WasAcknowledged(end), $"seed {seed}: {end.Topic} {end.Payload} sent at {end.SentAt} was confirmed after {end.Took}, and no node had said so\n{history.Text}");
            }

            foreach (var command in history.Alone)
            {
                alone++;
                var verdict = history.Room.VerdictOf(command.Key);
                Assert.True(verdict == command.Due, $"seed {seed}: {command.Topic} {command.Payload} at {command.SentAt} had nobody beside it and ended as {verdict} instead of {command.Due}\n{history.Text}");
            }
        }

        // The test would prove nothing if little of it happened.
        Assert.True(confirmed > 20_000 && ambiguous > 2_000 && alone > 3_000, $"{confirmed} confirmed, {ambiguous} ambiguous, {alone} alone");
        TestContext.Current.SendDiagnosticMessage($"{confirmed} confirmed, {ambiguous} ambiguous, {alone} without another beside them");
    }

    private static string AnyTopic(Random random) => Pick(random, "room1/light", "room1/steam", "room1/motor1", "devices/n1/relay");

    private static string AnyAnswerTopic(Random random) =>
        Pick(random, "room1/light/feedback", "room1/steam/feedback", "room1/motor1/feedback", "room1/status", "devices/n1/status", "devices/n1/relay/feedback", "room1/STOP/feedback", "room1/x");

    private static FeedbackRule AnyRule(Random random)
    {
        var rule = Pick(random, FeedbackRig.First, FeedbackRig.Second, FeedbackRig.Both);
        return random.Next(3) == 0 ? rule with { NodeId = "n1" } : rule;
    }

    private static byte[] AnyAnswer(Random random)
    {
        if (random.Next(10) == 0)
        {
            var noise = new byte[random.Next(40)];
            random.NextBytes(noise);
            return noise;
        }

        return Encoding.UTF8.GetBytes(Pick(random, "OK", "ok ", "ERROR", "ACTIVE", "INACTIVE", "{\"status\":\"ok\"}", "{\"status\":1}", "{}", "[]", "online", "offline", "what"));
    }

    private static T Pick<T>(Random random, params ReadOnlySpan<T> from) => from[random.Next(from.Length)];

    private sealed record Sent(CommandKey Key, string Topic, string Payload, TimeSpan SentAt, TimeSpan? AnswersAt, bool IsYes, TimeSpan Deadline)
    {
        public Verdict Due => AnswersAt is not { } at || at - SentAt >= Deadline ? Verdict.TimedOut : IsYes ? Verdict.Confirmed : Verdict.Refused;
    }

    /// <summary>One room with four nodes whose deeds are known.</summary>
    private sealed class RoomHistory(int seed)
    {
        private static readonly (string Node, string[] Topics, bool IsFirst, bool IsDirect)[] Nodes =
        [
            ("relays", ["room1/light/1", "room1/light/2"], false, false),
            ("motors", ["room1/motor1"], false, false),
            ("old1", ["room1/steam"], true, false),
            ("old2", ["room1/fan", "room1/bell"], true, true),
        ];

        private readonly Random _random = new(seed);
        private readonly List<Sent> _sent = [];
        private readonly PriorityQueue<(string Topic, string Text, byte[]? Id, bool Retained), TimeSpan> _air = new();
        private readonly Dictionary<string, TimeSpan> _lastAnswer = [];
        private readonly StringBuilder _text = new();

        public FeedbackRig Room { get; } = new();

        public string Text => _text.ToString();

        public void Play()
        {
            var givesIds = _random.Next(4) == 0;
            var isSaid = _random.Next(2) == 0;
            var loss = _random.Next(3) * 0.1;
            for (var n = 0; n < 25; n++)
            {
                Send(Nodes[_random.Next(Nodes.Length)], givesIds, isSaid, loss);
                Pass(TimeSpan.FromMilliseconds(_random.Next(5) switch { 0 => 0, 1 => _random.Next(100), 2 => _random.Next(1000), 3 => _random.Next(4000), _ => 9000 }));
            }

            Pass(TimeSpan.FromSeconds(10));
        }

        public bool WasAcknowledged(CommandEnd end) => _sent.Exists(s =>
            s.Topic == end.Topic && s.Payload == end.Payload && s.IsYes && s.AnswersAt is { } at && at >= end.SentAt && at <= end.SentAt + end.Took);

        /// <summary>Commands with no other of the room in reach of their answers: those must end as what happened.</summary>
        public IEnumerable<Sent> Alone => _sent.Where(s => _sent.TrueForAll(o => o == s || (o.SentAt - s.SentAt).Duration() > TimeSpan.FromSeconds(8)));

        private void Send((string Node, string[] Topics, bool IsFirst, bool IsDirect) node, bool givesIds, bool isSaid, double loss)
        {
            var topic = node.Topics[_random.Next(node.Topics.Length)];
            var payload = Pick(_random, "ON", "OFF");
            var rule = !isSaid ? FeedbackRig.Both : node.IsFirst ? FeedbackRig.First : FeedbackRig.Second;
            if (node.IsDirect) rule = rule with { NodeId = node.Node };
            var key = Room.Send(topic, payload, rule);
            TimeSpan? at = null;
            var isYes = _random.Next(5) > 0;
            if (_random.NextDouble() >= loss)
            {
                var slow = _random.Next(10) == 0 ? 3000 : 170;
                at = Max(Room.Now + TimeSpan.FromMilliseconds(1 + _random.Next(slow)), _lastAnswer.GetValueOrDefault(node.Node) + TimeSpan.FromTicks(1));
                _lastAnswer[node.Node] = at.Value;
                var where = node.IsDirect ? RoomTopics.DeviceStatus(node.Node) : node.IsFirst ? "room1/status" : topic + "/feedback";
                var id = givesIds && !node.IsFirst ? Room.Pending.CorrelationOf(key) : null;
                _air.Enqueue((where, isYes ? Pick(_random, "OK", "ok ", "{\"status\":\"OK\"}") : "ERROR", id, false), at.Value);
                if (id is not null && _random.Next(3) == 0) _air.Enqueue((where, "OK", id, false), at.Value + TimeSpan.FromMilliseconds(1 + _random.Next(2000)));
            }

            // Noise that is nobody's answer.
            if (_random.Next(6) == 0) _air.Enqueue(("room1/light/1/feedback", "OK", null, true), Room.Now + TimeSpan.FromMilliseconds(_random.Next(500)));
            if (_random.Next(6) == 0) _air.Enqueue(("room1/light/1/feedback", Pick(_random, "", "what", "{\"x\":"), null, false), Room.Now + TimeSpan.FromMilliseconds(_random.Next(500)));
            if (_random.Next(6) == 0) _air.Enqueue((RoomTopics.DeviceStatus(node.Node), "online", null, false), Room.Now + TimeSpan.FromMilliseconds(_random.Next(500)));
            _sent.Add(new Sent(key, topic, payload, Room.Now, at, isYes, DeadlineOf(key)));
            _text.AppendLine($"{Room.Now} sent {key.Id:x}: {topic} {payload}, {rule.Generation}; answers {at?.ToString() ?? "never"} {(isYes ? "OK" : "ERROR")}");
        }

        private TimeSpan DeadlineOf(CommandKey key) => Room.Pending.Waiting.First(c => c.Key == key) is var c ? c.Deadline - c.SentAt : default;

        private void Pass(TimeSpan length)
        {
            var end = Room.Now + length;
            while (_air.TryPeek(out var message, out var at) && at <= end)
            {
                _air.Dequeue();
                if (_random.Next(2) == 0) Room.After(at - Room.Now);
                else Room.Later(at - Room.Now);
                var match = Room.Hear(message.Topic, message.Text, message.Id, message.Retained);
                _text.AppendLine($"{Room.Now} heard {message.Topic} {message.Text}: {match}");
            }

            Room.After(end - Room.Now);
        }

        private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
    }
}
