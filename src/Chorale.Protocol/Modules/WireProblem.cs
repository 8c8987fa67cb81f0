namespace Chorale.Protocol.Modules;

/// <summary>Why a payload, or a field of one, cannot be used.</summary>
/// <param name="Code">Stable: <c>too_large</c>, <c>not_utf8</c>, <c>too_deep</c>, <c>not_json</c>, <c>not_an_object</c>, <c>bad_field</c>.</param>
/// <param name="Text">One sentence for a person: the value and what is allowed.</param>
public sealed record WireProblem(string Code, string Text)
{
    public override string ToString() => $"{Code}: {Text}";
}
