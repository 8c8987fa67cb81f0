using System.Text.Json;
using System.Text.Json.Serialization;

namespace Chorale.Protocol.Modules;

/// <summary><c>{"n":1,"t1":us}</c>: the sender's wall clock as it asks, microseconds since 1970 UTC.</summary>
public sealed record ClockQuestion(
    [property: JsonPropertyName("n")] long Number,
    [property: JsonPropertyName("t1")] long SentUs)
{
    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, ModuleJson.Wire.ClockQuestion);

    /// <summary>Never throws.</summary>
    public static ClockQuestion? Read(ReadOnlySpan<byte> payload, out WireProblem? problem)
    {
        if (!WireObject.TryRead(payload, out var wire, out problem)) return null;
        if (wire.Whole("n") is { } n && wire.Whole("t1") is { } t1) return new ClockQuestion(n, t1);
        problem = new WireProblem("bad_field", "n, t1: whole numbers are required");
        return null;
    }
}

/// <summary><c>{"n":1,"t1":us,"t2":us,"t3":us}</c>: the question, and the answerer's wall clock when it came and when the answer left.</summary>
public sealed record ClockReply(
    [property: JsonPropertyName("n")] long Number,
    [property: JsonPropertyName("t1")] long SentUs,
    [property: JsonPropertyName("t2")] long ReceivedUs,
    [property: JsonPropertyName("t3")] long AnsweredUs)
{
    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, ModuleJson.Wire.ClockReply);

    /// <summary>Never throws.</summary>
    public static ClockReply? Read(ReadOnlySpan<byte> payload, out WireProblem? problem)
    {
        if (!WireObject.TryRead(payload, out var wire, out problem)) return null;
        if (wire.Whole("n") is { } n && wire.Whole("t1") is { } t1 && wire.Whole("t2") is { } t2 && wire.Whole("t3") is { } t3)
            return new ClockReply(n, t1, t2, t3);
        problem = new WireProblem("bad_field", "n, t1, t2, t3: whole numbers are required");
        return null;
    }
}
