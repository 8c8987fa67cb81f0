using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Unicode;
using Chorale.Protocol;

namespace Chorale.Show.Room;

/// <summary>Messages as the text that scenes compare.</summary>
internal static class RoomPayload
{
    /// <summary>False: larger than a control message may be, or not UTF-8.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, [NotNullWhen(true)] out string? text)
    {
        text = payload.Length <= Limits.ControlBytesMax && Utf8.IsValid(payload) ? Encoding.UTF8.GetString(payload) : null;
        return text is not null;
    }
}
