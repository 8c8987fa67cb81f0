namespace Chorale.Audio.Files;

/// <summary>A file cannot be read, a codec refuses, or a codec's library is missing; the message says which and what is allowed.</summary>
public sealed class AudioFileException(string message, Exception? inner = null) : Exception(message, inner);
