namespace Chorale.Audio.Files;

/// <summary>Turns a codec library that is not installed into one sentence that names its package.</summary>
internal static class CodecLibrary
{
    public static T Require<T>(string library, string package, Func<T> use)
    {
        try
        {
            return use();
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            throw new AudioFileException($"{library} is missing or too old: install the package {package}", e);
        }
    }
}
