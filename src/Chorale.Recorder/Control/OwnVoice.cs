using Chorale.Protocol.Modules;

namespace Chorale.Recorder.Control;

/// <summary>
/// Tells our own status from another's on our topic. Two recorders with one id overwrite each other's state, and a Will of a connection that
/// died late says of a living one that it is gone. Cheap enough for a flood: foreign payloads are parsed ten times a second at most. Any thread.
/// </summary>
internal sealed class OwnVoice(TimeProvider time)
{
    private const int Remembered = 32;

    /// <summary>Three heartbeats without a word from the other: it is gone.</summary>
    public static readonly TimeSpan Quiet = TimeSpan.FromSeconds(95);

    private static readonly TimeSpan ParseInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>Two modules with one id must not answer each other for ever.</summary>
    private static readonly TimeSpan CorrectInterval = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly byte[]?[] _sent = new byte[Remembered][];
    private int _next;
    private long? _parsedStamp;
    private long? _correctedStamp;
    private long? _otherStamp;

    /// <summary>Another recorder has spoken as us within the last 95 s.</summary>
    public bool HasDouble
    {
        get { lock (_gate) return _otherStamp is { } at && time.GetElapsedTime(at) < Quiet; }
    }

    public void Said(byte[] status)
    {
        lock (_gate) _sent[_next++ % Remembered] = status;
    }

    /// <returns>Null: it was ours. Else what to do about it.</returns>
    public Hearing? Hear(ReadOnlyMemory<byte> payload)
    {
        lock (_gate)
        {
            foreach (var sent in _sent)
            {
                if (sent is not null && payload.Span.SequenceEqual(sent)) return null;
            }

            var correct = IsDue(ref _correctedStamp, CorrectInterval);
            if (!IsDue(ref _parsedStamp, ParseInterval)) return new Hearing(correct, null);
            var status = ModuleStatus.Read(payload.Span, TimeZoneInfo.Utc, out _);
            // A good-bye is a Will of an earlier connection of our own, as likely as not.
            if (status is null or { State: ModuleState.Disconnected }) return new Hearing(correct, null);
            var isNew = !(_otherStamp is { } at && time.GetElapsedTime(at) < Quiet);
            _otherStamp = time.GetTimestamp();
            return new Hearing(correct, isNew ? status : null);
        }
    }

    private bool IsDue(ref long? stamp, TimeSpan interval)
    {
        if (stamp is { } at && time.GetElapsedTime(at) < interval) return false;
        stamp = time.GetTimestamp();
        return true;
    }

    /// <param name="Correct">What masters now believe is wrong: say our status again.</param>
    /// <param name="Double">Another recorder has turned up under our id.</param>
    public readonly record struct Hearing(bool Correct, ModuleStatus? Double);
}
