using System.Runtime.InteropServices;

namespace Chorale.Mqtt.Interop;

/// <summary>The library's own set-up, once in the life of the process and before any other call. It is never torn down.</summary>
internal static class MosquittoLibrary
{
    private static readonly Lazy<bool> Loaded = new(Load);

    /// <exception cref="DllNotFoundException">Names the package.</exception>
    public static void EnsureLoaded() => _ = Loaded.Value;

    public static string Error(int code) => Text(Mosquitto.ErrorText(code));

    public static string Connack(int code) => Text(Mosquitto.ConnackText(code));

    public static string Reason(int code) => Text(Mosquitto.ReasonText(code));

    private static bool Load()
    {
        try
        {
            return Mosquitto.LibraryInit() == Mosquitto.Success;
        }
        catch (DllNotFoundException e)
        {
            throw new DllNotFoundException("libmosquitto is missing: install the package libmosquitto1 (Debian) or mosquitto (Fedora)", e);
        }
    }

    private static string Text(nint text) => (Marshal.PtrToStringUTF8(text) ?? "").TrimEnd('.', ' ');
}
